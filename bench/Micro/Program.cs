using BenchmarkDotNet.Running;
using DumbKv.Bench.Micro;

BenchmarkSwitcher.FromAssembly(typeof(CipherBenchmarks).Assembly).Run(args);
