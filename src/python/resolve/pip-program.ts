/**
 * The Python that runs pip. It takes the folder in which it is started off the module path, so that no file of the
 * user's is imported, and lets pip judge markers for the image: pip's own options for other platforms choose wheels by
 * them, but evaluate markers for the interpreter that runs (pip #11664). A pip that cannot be told so is found out by
 * its answer, which is checked against every package's own requirements.
 */
export const pipProgram = `
import sys
sys.path = [place for place in sys.path if place]
import json, runpy
environment = json.loads(sys.argv.pop(1))
try:
    from pip._vendor.packaging import markers
    markers.default_environment = lambda: dict(environment)
except ImportError:
    pass
runpy.run_module("pip", run_name="__main__", alter_sys=True)
`;
