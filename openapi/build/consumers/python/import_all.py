"""Imports all modules of a package: import_all.py PACKAGE."""
import importlib
import pkgutil
import sys

package = importlib.import_module(sys.argv[1])
names = [m.name for m in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
for name in names:
    importlib.import_module(name)
print(len(names), "modules")
sys.exit(not any(".models." in n for n in names))
