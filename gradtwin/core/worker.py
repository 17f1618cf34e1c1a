"""What runs in the process of isolated code: it is loaded once, and its calls are answered as they come.

Whatever the code does to that process stays there; what a caller of it would have noticed is told with the answer.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import multiprocessing
import os
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradtwin.core.answer import Failure, Results, failure_of
from gradtwin.core.call import Code, enter
from gradtwin.core.captured import Place, captured
from gradtwin.core.contents import Contents
from gradtwin.core.errors import SHORT
from gradtwin.core.guards import SOURCES, Watch, take_over
from gradtwin.core.parcel import Arguments, Memories, unpacked

__all__ = ["ISOLATED", "MEMORY", "Reply", "Request", "answer", "begin", "load", "prepare"]


@dataclass(frozen=True)
class Request:
    """A call of loaded code.

    Parameters
    ----------
    code : int
        Which code.
    arguments : Arguments
        Positional arguments and options.
    results : sequence of int
        The earlier results that somebody still has.
    settings : sequence, optional
        The settings of the process that calls, where they have changed since they were sent last.
    """

    code: int
    arguments: Arguments
    results: Sequence[int]
    settings: Sequence[Any] | None


@dataclass(frozen=True)
class Reply:
    """The answer to a call.

    Parameters
    ----------
    result : object
        The result, as `Results` sends it, or a Failure.
    arguments, results : sequence
        What was written into arguments, and into earlier results.
    changes, warned, draws : sequence of str
        What the call has changed besides, its RuntimeWarnings, and whose random numbers it has drawn.
    printed : str
        What it has printed.
    lost : str
        Why there is no result, and nothing more to be had of this process.
    """

    result: Any
    arguments: Sequence[tuple[int, bytes]] = ()
    results: Sequence[tuple[int, bytes]] = ()
    changes: Sequence[str] = ()
    warned: Sequence[str] = ()
    draws: Sequence[str] = ()
    printed: str = ""
    lost: str = ""


ISOLATED = "isolated"
"""The name of this process."""
STREAMS = ("stdout", "stderr")
"""The streams that code prints to, in the order of their numbers, from 1 on."""
MEMORY = "memory"
"""What is lost where there is no more memory."""
ALLOCATOR = "DefaultCPUAllocator"
"""What torch says in place of a MemoryError."""


class _Desk:
    """What this process keeps between calls: the code, the results that somebody still has, what is printed."""

    def __init__(self) -> None:
        self.roots: list[Any] = []
        self.codes: list[tuple[Code, Sequence[Place]]] = []
        self.results = Results()
        self.pid = os.getpid()
        self.prints = tempfile.TemporaryFile(buffering=0)
        self.streams = {name: getattr(sys, name) for name in STREAMS}


@functools.cache
def _desk() -> _Desk:
    return _Desk()


def prepare(size: int) -> None:
    """Make this process ready: it leads a group of its own, prints into a file, and gets no more memory than `size`."""
    os.setsid()
    multiprocessing.current_process().name = ISOLATED
    desk = _desk()
    for number, _ in enumerate(STREAMS, 1):
        os.dup2(desk.prints.fileno(), number)
    with contextlib.suppress(ImportError, OSError):  # not every system has limits
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # Of data alone: address space without data in it is reserved at will, for threads, by compilers and by CUDA.
        with open("/proc/self/status", encoding="ascii") as status:
            used = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData:"))
        resource.setrlimit(resource.RLIMIT_DATA, (used + size, resource.RLIM_INFINITY))


def begin(settings: Sequence[Any], draws: Mapping[str, Any]) -> int:
    """Take over the settings and the random numbers of the process that calls; return the number of this one."""
    take_over(settings)
    for name, state in draws.items():
        SOURCES[name][1](state)
    return os.getpid()


def load(data: bytes, shared: Sequence[int]) -> Failure | None:
    """Load code, and what it refers to; return why it cannot be loaded.

    `shared` are the places, among those that it takes arrays and modules from, at which others have them, too.
    """
    desk = _desk()
    try:
        code = unpacked(data, lambda i: desk.roots[i])
    except Exception as error:  # a module that is imported may raise anything
        return failure_of(error)
    if isinstance(code, list):
        desk.roots += code
    else:
        places = list(captured(code)) if shared else []
        desk.codes.append((code, [places[i] for i in shared if i < len(places)]))
    return None


def answer(request: Request) -> Reply:
    """Call loaded code, and return what came of it, with all that is seen of it."""
    desk = _desk()
    try:
        return _answer(desk, request)
    except MemoryError:
        _lift_limit()  # the code may have kept all that it got, and an answer takes some
        return Reply(None, lost=MEMORY)
    except SystemExit as error:
        return Reply(None, lost=f"exits with status {error.code or 0}")
    finally:
        if os.getpid() != desk.pid:
            os._exit(0)  # a child that the code has forked, and that comes back in its place


def _answer(desk: _Desk, request: Request) -> Reply:
    if request.settings is not None:
        take_over(request.settings)
    desk.results.keep(request.results)
    memories = Memories(request.arguments.memories)
    code, places = desk.codes[request.code]
    arguments, options = unpacked(request.arguments.data, memories.referent)
    watch, draws = Watch({}, places, libraries=True), {name: read() for name, (read, _) in SOURCES.items()}
    nested = [Contents(f"option {n}", x) for n, x in options.items() if not isinstance(x, np.ndarray)]
    with warnings.catch_warnings(record=True) as records:
        warnings.simplefilter("always")
        try:
            result = desk.results.answer(enter(code, *arguments, **options), memories)
        except (MemoryError, SystemExit):
            raise
        except BaseException as error:  # whatever it raises is its answer
            if ALLOCATOR in str(error):
                raise MemoryError from error
            result = failure_of(error)
    warned = [str(w.message) for w in records if issubclass(w.category, RuntimeWarning)]
    printed, changes = _printed(desk), [*_streams(desk), *watch.settle(), *(x.label for x in nested if x.changed)]
    # Not put back: numbers that come again would hide that an answer depends on them.
    drawn = [name for name, (read, _) in SOURCES.items() if read() != draws[name]]
    return Reply(result, memories.written(), desk.results.written(), changes, warned, drawn, printed)


def _lift_limit() -> None:
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _printed(desk: _Desk) -> str:
    """Return the beginning of what has been printed since this was asked last, by code below Python, too."""
    for name in STREAMS:
        with contextlib.suppress(ValueError, AttributeError):  # one that is closed, or is no stream
            getattr(sys, name).flush()
    ctypes.CDLL(None).fflush(None)
    file = desk.prints.fileno()
    text = os.pread(file, SHORT, 0).decode(errors="replace")
    os.ftruncate(file, 0)
    os.lseek(file, 0, os.SEEK_SET)  # both streams and those that inherit them share this place
    return text


def _streams(desk: _Desk) -> list[str]:
    """Put back the streams that have been closed, or replaced, and return their names."""
    changed = [name for name in STREAMS if getattr(sys, name) is not desk.streams[name] or desk.streams[name].closed]
    for name in changed:
        desk.streams[name] = open(os.dup(desk.prints.fileno()), "w", encoding="utf-8")
        setattr(sys, name, desk.streams[name])
    return [f"sys.{name}" for name in changed]
