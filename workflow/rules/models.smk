# models: takes the tokens of a sample (GloVe: X) and one seed, makes weights, a training log and snapshots.
#   models/cost.json
#   models/{corpus}/{sample}/{model}/seed{seed}/  weights.safetensors log.parquet snapshots.safetensors timing.json
# One rule for what shares its code, GPT and BERT together: a change reruns what it touches and nothing else. Each run is
# deterministic, and one thread but for the `processes` of GPT and BERT; a killed run goes on from models/.../.resume/ and
# ends with the same bytes.

MODELS = f"{STUDY}/models/{RUN}"


rule train_word2vec:
    input:
        tokens=token_shards,
        heldout=heldout_shards,
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
        start=start_of,
    output:
        weights=f"{MODELS}/weights.safetensors",
        log=f"{MODELS}/log.parquet",
        snapshots=f"{MODELS}/snapshots.safetensors",
        timing=f"{MODELS}/timing.json",
    log:
        f"{LOGS}/models/{RUN}.log",
    benchmark:
        f"{BENCHMARKS}/models/train_word2vec/{RUN}.tsv"
    wildcard_constraints:
        model=trained_variants("word2vec"),
    group:
        brief("static_trainings", training_minutes)
    conda:
        environment_of
    threads: 1
    resources:
        mem_mb=growing(with_vectors(1200)),
        runtime=growing(training_minutes),
        gpu=gpus_of,
        slurm_partition=place_of(gpus_of, "gpu_partition", "slurm_partition"),
        gpu_model=place_of(gpus_of, "gpu_type"),
    params:
        **code_of("train_word2vec"),
        variant=variant_settings,
    script:
        "../scripts/train_word2vec.py"


rule train_glove:
    input:
        cooccurrence=f"{STUDY}/cooccurrence/{{corpus}}/{{sample}}.parquet",
        tokens=token_shards,
        heldout_cooccurrence=f"{STUDY}/cooccurrence/{{corpus}}/heldout.parquet",
        heldout=heldout_shards,
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
        start=start_of,
    output:
        weights=f"{MODELS}/weights.safetensors",
        log=f"{MODELS}/log.parquet",
        snapshots=f"{MODELS}/snapshots.safetensors",
        timing=f"{MODELS}/timing.json",
    log:
        f"{LOGS}/models/{RUN}.log",
    benchmark:
        f"{BENCHMARKS}/models/train_glove/{RUN}.tsv"
    wildcard_constraints:
        model=trained_variants("glove"),
    group:
        brief("static_trainings", training_minutes)
    conda:
        environment_of
    threads: 1
    resources:
        mem_mb=growing(with_tiles(1500)),
        runtime=growing(training_minutes),
        gpu=gpus_of,
        slurm_partition=place_of(gpus_of, "gpu_partition", "slurm_partition"),
        gpu_model=place_of(gpus_of, "gpu_type"),
    params:
        **code_of("train_glove"),
        variant=variant_settings,
    script:
        "../scripts/train_glove.py"


# The same model whatever the seed: what the seeds of others are compared with. It is not trained, so nothing follows it.
rule train_svd:
    input:
        cooccurrence=f"{STUDY}/cooccurrence/{{corpus}}/{{sample}}.parquet",
        tokens=token_shards,
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
    output:
        weights=f"{MODELS}/weights.safetensors",
        log=f"{MODELS}/log.parquet",
        timing=f"{MODELS}/timing.json",
    log:
        f"{LOGS}/models/{RUN}.log",
    benchmark:
        f"{BENCHMARKS}/models/train_svd/{RUN}.tsv"
    wildcard_constraints:
        model=family_variants("svd"),
    group:
        "static_trainings"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_pairs(1500, 48)),
        runtime=growing(int(requests.LEAST + pair_millions())),
    params:
        **code_of("train_svd"),
        variant=variant_settings,
    script:
        "../scripts/train_svd.py"


rule train_transformer:
    input:
        tokens=token_shards,
        heldout=heldout_shards,
        vocabulary=vocabulary_of,
        spellings=spellings_of,
        start=start_of,
    output:
        weights=f"{MODELS}/weights.safetensors",
        log=f"{MODELS}/log.parquet",
        snapshots=f"{MODELS}/snapshots.safetensors",
        timing=f"{MODELS}/timing.json",
    log:
        f"{LOGS}/models/{RUN}.log",
    benchmark:
        f"{BENCHMARKS}/models/train_transformer/{RUN}.tsv"
    wildcard_constraints:
        model=family_variants(*TRANSFORMERS),
    priority: 10
    group:
        brief("transformer_trainings", training_minutes)
    conda:
        environment_of
    threads: processes_of
    resources:
        mem_mb=growing(with_body(2500)),
        runtime=growing(training_minutes),
        gpu=gpus_together,
        slurm_partition=place_of(gpus_together, "gpu_partition", "slurm_partition"),
        gpu_model=place_of(gpus_together, "gpu_type"),
    params:
        **code_of("train_transformer"),
        variant=variant_settings,
    script:
        "../scripts/train_transformer.py"


# The vectors of a finished model on the text of another corpus, by a contrastive objective.
rule train_contrastive:
    input:
        tokens=token_shards,
        heldout=heldout_shards,
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
        start=start_of,
    output:
        weights=f"{MODELS}/weights.safetensors",
        log=f"{MODELS}/log.parquet",
        snapshots=f"{MODELS}/snapshots.safetensors",
        timing=f"{MODELS}/timing.json",
    log:
        f"{LOGS}/models/{RUN}.log",
    benchmark:
        f"{BENCHMARKS}/models/train_contrastive/{RUN}.tsv"
    wildcard_constraints:
        model="|".join(CONTRASTIVE) or "(?!)",
    group:
        brief("static_trainings", training_minutes)
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_contexts(1500)),
        runtime=growing(training_minutes),
    params:
        **code_of("train_contrastive"),
        variant=variant_settings,
        contrastive=contrastive_settings,
    script:
        "../scripts/train_contrastive.py"


# Clock values of passes and updates over a small grid, on the first sample of the first corpus. Nothing but the report
# reads them.
rule measure_cost:
    input:
        tokens=[
            f"{STUDY}/tokens/{next(iter(CORPORA))}/{SAMPLES[0]}/{shard}.parquet"
            for shard in shards_of(next(iter(CORPORA)))
        ],
        cooccurrence=f"{STUDY}/cooccurrence/{next(iter(CORPORA))}/{SAMPLES[0]}.parquet",
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
    output:
        cost=f"{STUDY}/models/cost.json",
    log:
        f"{LOGS}/models/measure_cost.log",
    benchmark:
        f"{BENCHMARKS}/models/measure_cost.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(
            int(2000 + study_settings.tokens.vocabulary.vocabulary_size / 10)
        ),
        runtime=growing(60),
    params:
        **code_of("measure_cost"),
        cost=study_settings.cost.model_dump(mode="json"),
    script:
        "../scripts/measure_cost.py"
