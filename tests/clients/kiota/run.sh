#!/usr/bin/env bash
# Generates the C# client of Kiota, compiles it, and runs Program.cs against each URL.
set -euo pipefail
cd "$(dirname "$0")"

dotnet tool restore >/dev/null
dotnet kiota generate --language CSharp --openapi ../../../docs/openapi.json --class-name DumbKvClient --namespace-name DumbKv.KiotaClient \
  --output obj/Client --clean-output --log-level Error \
  --serializer Microsoft.Kiota.Serialization.Json.JsonSerializationWriterFactory \
  --deserializer Microsoft.Kiota.Serialization.Json.JsonParseNodeFactory
dotnet build KiotaClient.csproj --nologo -v quiet
for url in "$@"; do dotnet bin/Debug/net10.0/KiotaClient.dll "$url"; done
