using System.CommandLine;
using DumbKv.Web;

var dumbKv = new RootCommand("DumbKV: a key-value server where the key is the secret. Without a verb it serves; its settings are environment variables.");
dumbKv.SetAction((_, _) => Server.RunAsync());

var call = dumbKv.Parse(args);
// The host itself listens for SIGTERM and finishes what is in flight; the parser's own two-second limit must not cut that short.
var exitCode = await call.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

return call.Errors.Count > 0 ? 2 : exitCode;
