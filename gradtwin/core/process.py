"""A process with limits of time and memory, and how it ends: pebble runs it, and it starts from a warm one.

The first start costs the import of torch; every later one is a fork of a process that has imported it, and done nothing
else.
"""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import spawn
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any

from gradtwin.core import worker
from gradtwin.core.call import DeathError
from gradtwin.core.conditions import Allowance
from gradtwin.core.errors import ExtraMissingError, UsageError
from gradtwin.core.guards import SOURCES, settings_now

__all__ = ["Process", "require_packages"]

FIRST_GRADIENT = "torch.fx.experimental.symbolic_shapes"
"""What torch imports as late as at the first gradient, and takes long to import."""


class Process:
    """A process that is asked for one thing after the other, until it dies or is closed.

    Parameters
    ----------
    allowance : Allowance
        What it may take.
    """

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._pool = _pool(int(allowance.bytes))
        self._pid: int | None = None
        try:
            self._pid = self.ask(worker.begin, settings_now(), {name: read() for name, (read, _) in SOURCES.items()})
        except DeathError as error:
            raise UsageError(f"Expected this machine to start a process for isolated code; it {error}.") from None

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return what a function of ours answers in that process.

        Raises
        ------
        DeathError
            If there is no answer; the message says why.
        """
        try:
            return self._answer(self._pool.schedule(function, args=arguments, timeout=self._allowance.seconds))
        except DeathError:
            raise
        except (BrokenProcessPool, RuntimeError):  # pebble's words for one that has died unasked
            raise DeathError("ends its process between two calls") from None

    def _answer(self, future: Future[Any]) -> Any:
        from pebble import ProcessExpired

        was_alive = True
        while True:
            try:
                return future.result(timeout=0.2)
            except ProcessExpired as end:
                raise DeathError(_end(end.exitcode)) from None
            except TimeoutError:
                if future.done():
                    raise DeathError(f"does not return within {self._allowance.seconds:g} s") from None
                # One that ends well is no accident to pebble, which waits on: its answer may still be on its way.
                if not was_alive:
                    raise DeathError(_end(0)) from None
                was_alive = self._is_alive()

    def _is_alive(self) -> bool:
        try:
            os.kill(self._pid or os.getpid(), 0)
        except ProcessLookupError:
            return False
        return True

    def close(self) -> None:
        """End the process, and those that it has started."""
        self._pool.stop()
        if self._pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)
        self._pool.join()


def _end(status: int) -> str:
    """Return how a process has ended."""
    return f"exits with status {status}" if status >= 0 else f"dies by signal {signal.Signals(-status).name}"


def require_packages() -> None:
    """Raise an error where something is missing that a process of its own takes, and in one."""
    if multiprocessing.current_process().name == worker.ISOLATED:  # or each would start the next one, without end
        raise UsageError(
            "Expected isolated code to check nothing with isolate; got a check in what it imports. Put that check "
            "under if __name__ == '__main__'."
        )
    try:
        import cloudpickle  # noqa: F401
        import pebble  # noqa: F401
    except ImportError as error:
        raise ExtraMissingError(str(error.name), "isolation", "isolate=True") from None
    if "forkserver" not in multiprocessing.get_all_start_methods():
        raise UsageError("Expected isolate to be False, since this system cannot fork a process; got True.")


def _pool(size: int) -> Any:
    import pebble

    context = _Context()
    context.set_forkserver_preload(
        [FIRST_GRADIENT, *sorted(name for name in sys.modules if name.startswith("gradtwin."))]
    )
    return pebble.ProcessPool(1, initializer=worker.prepare, initargs=(size,), context=context)


class _Process(ForkServerProcess):
    """A process that does not run the user's script again, as those of the standard library do."""

    @staticmethod
    def _Popen(process: Any) -> Any:
        with _without_main():
            return ForkServerProcess._Popen(process)


class _Context(ForkServerContext):
    """How such processes are made."""

    Process = _Process


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Keep the script out of what a process is told that this thread starts within a ``with``."""
    all_of_it, starting = spawn.get_preparation_data, threading.get_ident()

    def told(name: str) -> dict[str, Any]:
        data = all_of_it(name)
        if threading.get_ident() == starting:
            data = {key: value for key, value in data.items() if not key.startswith("init_main")}
        return data

    with _turns():
        spawn.get_preparation_data = told
        try:
            yield
        finally:
            spawn.get_preparation_data = all_of_it


@functools.cache
def _turns() -> Any:
    """Return the lock of those that start a process."""
    return threading.Lock()
