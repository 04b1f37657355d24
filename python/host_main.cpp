// An interpreter with the package's compiled part built in, for the tests: runs a script with its arguments.
#include <pybind11/embed.h>

#include <cstdio>
#include <string>
#include <vector>

extern "C" PyObject* PyInit__core();

int main(int argc, char** argv) {
  namespace py = pybind11;
  if (argc < 2 || PyImport_AppendInittab("_core", PyInit__core) != 0) return 2;
  const py::scoped_interpreter interpreter;
  try {
    py::list arguments;
    for (int i = 1; i < argc; ++i) arguments.append(argv[i]);
    const py::module_ sys = py::module_::import("sys");
    sys.attr("argv") = arguments;
    sys.attr("modules")["gpufleet._core"] = py::module_::import("_core");
    py::module_::import("runpy").attr("run_path")(argv[1], py::none(), "__main__");
  } catch (py::error_already_set& error) {
    if (!error.matches(PyExc_SystemExit)) {
      std::fprintf(stderr, "%s\n", error.what());
      return 1;
    }
    const py::object code = error.value().attr("code");
    return code.is_none() ? 0 : code.cast<int>();
  }
  return 0;
}
