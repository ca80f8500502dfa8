global using DumbKv.TestHarness;
global using FluentAssertions;
global using NUnit.Framework;
