// Package storetest tests any implementation of [store.Store] and has one in memory to compare with.
//
//	func TestStore(t *testing.T) { storetest.Run(t, open) }
//
// [Memory] keeps the whole contract but lasting: use it where a test needs a store and not a file.
package storetest
