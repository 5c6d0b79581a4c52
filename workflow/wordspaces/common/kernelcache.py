"""The cache of compiled kernels, as jobs that run at once and nodes of several CPU types share it.

numba numbers the pieces of code of a function and keeps the numbers in an index. Two processes that add to an index at
once can hand out one number twice; a signature, or a CPU type, then runs the code of another. Here a piece lies in a
file of its own, named by all it depends on (numba's version, the source file, the signature, CPU and its features), and
says so inside: there is no index, and a file is only ever replaced by its equal.

Jobs get it by ``NUMBA_CACHE_LOCATOR_CLASSES``, numba's own door for this, which `workflow/rules/common.smk` sets.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from typing import Any

from numba.core import caching

LOCATOR = f"{__name__}.KernelCacheLocator"


class KernelFiles(caching.IndexDataCacheFile):
    """The compiled pieces of one function, each in a file of its own.

    A cache is there to save time: a piece that cannot be read (gone, cut short, out of a network disk's sight) is
    compiled again, and one that cannot be written is done without.
    """

    def __init__(self, cache_path: str, filename_base: str, source_stamp: Any) -> None:
        super().__init__(cache_path, filename_base, source_stamp)
        self._base = filename_base

    def save(self, key: Any, data: Any) -> None:
        """Keep `data`, the code of `key`: signature, target and hashes of the function, as numba gives them."""
        identity = self._identity(key)
        try:
            self._save_data(self._file(identity), (identity, data))
        except OSError as error:
            caching._cache_log("[cache] not saved: %s", error)

    def load(self, key: Any) -> Any:
        """The code of `key`, None where there is none."""
        identity = self._identity(key)
        try:
            found, data = self._load_data(self._file(identity))
        except Exception as error:  # what unpickling raises on a damaged file may be anything
            caching._cache_log("[cache] not loaded: %r", error)
            return None
        return data if found == identity else None

    def flush(self) -> None:
        """Forget every piece of this function."""
        for entry in list(os.scandir(self._cache_path)):
            if entry.name.startswith(f"{self._base}.") and entry.name.endswith(".nbc"):
                os.unlink(entry.path)

    def _identity(self, key: Any) -> tuple[Any, ...]:
        return self._version, self._source_stamp, key

    def _file(self, identity: tuple[Any, ...]) -> str:
        return f"{self._base}.{hashlib.sha256(repr(identity).encode()).hexdigest()[:32]}.nbc"


class TemporaryCacheLocator(caching.UserProvidedCacheLocator):
    """A folder of this user among the temporary files, for code and a home that cannot be written."""

    def __init__(self, py_func: Callable[..., Any], py_file: str) -> None:
        super().__init__(py_func, py_file)
        folder = os.path.join(tempfile.gettempdir(), f"numba-{os.getuid()}")
        self._cache_path = os.path.join(folder, self.get_suitable_cache_subpath(py_file))

    def ensure_cache_path(self) -> None:
        """Make the folder; an `OSError` where it belongs to somebody else, whose code is not run."""
        folder = os.path.dirname(self._cache_path)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if os.lstat(folder).st_uid != os.getuid():
            raise PermissionError(folder)
        super().ensure_cache_path()

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> caching._CacheLocator | None:
        """The locator of a function, None where its folder cannot be written."""
        return caching._SourceFileBackedLocatorMixin.from_function.__func__(cls, py_func, py_file)


class KernelCacheLocator(caching._CacheLocator):
    """Where the compiled pieces of a function lie: the first of these folders that can be written.

    ``NUMBA_CACHE_DIR`` if it is set; ``__pycache__`` beside the code; the user's cache folder; a temporary one.
    """

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> caching._CacheLocator | None:
        """The locator of a function, None where no folder can be written."""
        for kind in (
            caching.UserProvidedCacheLocator,
            caching.InTreeCacheLocator,
            caching.UserWideCacheLocator,
            TemporaryCacheLocator,
        ):
            locator = kind.from_function(py_func, py_file)
            if locator is not None:
                return locator
        return None


# numba imports this module before it opens the files of the first function.
caching.IndexDataCacheFile = KernelFiles
