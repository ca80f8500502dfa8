using DumbKv.Application;
using FluentAssertions;

namespace DumbKv.UnitTests.Application;

/// <summary>Until the store is ready, its key is not known, so no use case derives keys.</summary>
public sealed class NotReadyTests
{
    private readonly UseCases _useCases = new();

    [SetUp]
    public void StartStore() => _useCases.Store.IsReady = false;

    [TearDown]
    public void DisposeUseCases() => _useCases.Dispose();

    [Test]
    public async Task A_request_is_unavailable_and_no_keys_are_derived()
    {
        Func<Task>[] requests = [async () => await _useCases.GetAsync(), async () => await _useCases.PutAsync(), async () => await _useCases.DeleteAsync()];

        foreach (var request in requests)
        {
            (await request.Should().ThrowAsync<StoreUnavailableException>()).WithMessage("not ready");
        }

        _useCases.Audited.Should().BeEmpty();
        _useCases.Metrics.Operations.Should().Equal("get failed", "set failed", "delete failed");
    }
}
