package main

import (
	"os"
	"syscall"
	"testing"
)

// The null device is no terminal under the name that the runtime gives standard input: run would
// not pass an interrupt on.
func TestNullDeviceIsNoTerminal(t *testing.T) {
	// Not of an open file, which would close the number again when it is collected.
	null, err := syscall.Open(os.DevNull, syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(null), "/dev/stdin")
	defer f.Close()
	if isTerminal(f) {
		t.Error("the null device is a terminal")
	}
}
