using DumbKv.CommandLine;

return await DkvCommandLine.InvokeAsync(args);
