""".NET's own SmtpClient, where a .NET runtime and a compiler of C# are installed (`dotnet` and Mono's `mcs`)."""

import json
import os
import shutil
from pathlib import Path

from tests.gateway.clients import run

PROGRAM = Path(__file__).with_name("SystemNetMail.cs")
IS_HERE = all(map(shutil.which, ("dotnet", "mcs")))
USED = (
    *("System.Private.CoreLib", "System.Runtime", "System.Runtime.Extensions", "System.Console"),
    *("System.Runtime.InteropServices", "System.ComponentModel.Primitives"),
    *("System.Net.Primitives", "System.Net.Mail"),
)


def compiled(folder: Path) -> Path:
    """The program, against the assemblies of the newest runtime."""
    installed = Path(shutil.which("dotnet")).resolve().parent / "shared" / "Microsoft.NETCore.App"
    framework = max(installed.iterdir(), key=lambda each: [int(part) for part in each.name.split(".")])
    program = folder / "SystemNetMail.dll"
    references = [f"-r:{framework / name}.dll" for name in USED]
    run(["mcs", "-nostdlib", "-noconfig", f"-out:{program}", *references, PROGRAM])
    options = {
        "framework": {"name": framework.parent.name, "version": framework.name},
        "configProperties": {"System.Globalization.Invariant": True},  # else it wants the library ICU
    }
    program.with_suffix(".runtimeconfig.json").write_text(json.dumps({"runtimeOptions": options}))
    return program


def send(program: Path, port: int, ca_file: Path, *arguments: str) -> None:
    """Arguments: user name, key, recipient."""
    run(["dotnet", program, port, *arguments], env=os.environ | {"SSL_CERT_FILE": str(ca_file)})
