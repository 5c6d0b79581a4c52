# models: takes the tokens of a sample (GloVe: X) and one seed, makes weights, a training log and snapshots.
#   models/cost.json
#   models/{corpus}/{sample}/{model}/seed{seed}/  weights.safetensors log.parquet snapshots.safetensors timing.json
# One rule for what shares its code, GPT and BERT together: a change reruns what it touches and nothing else. Each run is
# one thread and deterministic; a killed run goes on from models/.../.resume/ and ends with the same bytes.

MODELS = f"{STUDY}/models/{RUN}"
GPUS = 1 if DEVICE == "cuda" else 0


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
        f"{BENCHMARKS}/models/{RUN}.tsv"
    wildcard_constraints:
        model=trained_variants("word2vec"),
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_vectors(1200),
        runtime=training_minutes,
        gpu=gpus_of,
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
        f"{BENCHMARKS}/models/{RUN}.tsv"
    wildcard_constraints:
        model=trained_variants("glove"),
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_pairs(1500, 48),
        runtime=training_minutes,
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
        f"{BENCHMARKS}/models/{RUN}.tsv"
    wildcard_constraints:
        model=family_variants("svd"),
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_pairs(1500, 48),
        runtime=int(60 + pair_millions()),
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
        f"{BENCHMARKS}/models/{RUN}.tsv"
    wildcard_constraints:
        model=family_variants(*TRANSFORMERS),
    priority: 10
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_body(2500),
        runtime=training_minutes,
        gpu=GPUS,
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
        f"{BENCHMARKS}/models/{RUN}.tsv"
    wildcard_constraints:
        model="|".join(CONTRASTIVE) or "(?!)",
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_contexts(1500),
        runtime=training_minutes,
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
        mem_mb=int(2000 + study_settings.tokens.vocabulary.vocabulary_size / 10),
        runtime=60,
    params:
        **code_of("measure_cost"),
        cost=study_settings.cost.model_dump(mode="json"),
    script:
        "../scripts/measure_cost.py"
