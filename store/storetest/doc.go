// Package storetest tests any implementation of [store.Store], and has an implementation in memory
// to compare with.
//
//	func TestStore(t *testing.T) { storetest.Run(t, open) }
//
// [Memory] keeps the whole contract except durability. Use it in tests that need a store but no
// file.
//
// Read storetest.go first.
package storetest
