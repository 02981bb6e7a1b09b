package main

import (
	"os"
	"testing"
)

// The null device is no terminal under the name that the runtime gives standard input: run would
// not pass an interrupt on.
func TestNullDeviceIsNoTerminal(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if f := os.NewFile(null.Fd(), "/dev/stdin"); isTerminal(f) {
		t.Error("the null device is a terminal")
	}
}
