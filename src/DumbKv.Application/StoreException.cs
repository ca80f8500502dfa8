namespace DumbKv.Application;

/// <summary>The store cannot serve a request now. The message is for the client and contains nothing of the request.</summary>
public class StoreException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>The store is starting, unavailable or overloaded. A retry can succeed.</summary>
public sealed class StoreUnavailableException(string message, Exception? innerException = null) : StoreException(message, innerException);

/// <summary>The store or its disk is full. Writes fail until there is space.</summary>
public sealed class StoreFullException(string message, Exception? innerException = null) : StoreException(message, innerException);
