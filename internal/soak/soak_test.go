package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/attack/target"
)

// TestSoak runs the soak for a second, with noise and without, and checks that every flow is
// stored.
func TestSoak(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("memory is read from /proc")
	}
	bin, remove, err := target.Build()
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	for _, noise := range []bool{false, true} {
		t.Run(fmt.Sprintf("noise=%t", noise), func(t *testing.T) {
			ok, err := soak(t.Context(), options{
				bin: bin, dir: t.TempDir(), conns: 2, time: time.Second, noise: noise, disk: 1 << 20,
			})
			if err != nil || !ok {
				t.Errorf("ok %t, %v", ok, err)
			}
		})
	}
}

// TestCheckCountsWrongFlows checks that a changed body and a flow without a request are counted.
func TestCheckCountsWrongFlows(t *testing.T) {
	up, err := startOrigin(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer up.close()
	path := filepath.Join(t.TempDir(), "flows.db")
	body := func(p string) []byte {
		b, _ := up.bodies.of(p)
		return b
	}
	wrong := body("/items/1024/2")
	wrong[10]++
	storeFlows(t, path, map[string][]byte{
		"/items/1024/1": body("/items/1024/1"), "/items/1024/2": wrong, "/items/1024/9": nil,
	})
	f, err := check(t.Context(), path, &loadResult{requests: 3}, up.bodies)
	if err != nil {
		t.Fatal(err)
	}
	if f.flows != 3 || f.wrong != 1 || f.unrequested != 1 || f.ok(&loadResult{requests: 3}) {
		t.Errorf("%+v", f)
	}
}

// TestBodies checks that the body of a path is always the same, differs between paths, and is
// missing for malformed paths.
func TestBodies(t *testing.T) {
	b := newBodies()
	for _, path := range []string{"/items/1024/1", "/items/16384/7", "/noise/1048576/3", "/noise/100/3"} {
		one, ok := b.of(path)
		two, _ := b.of(path)
		other, _ := b.of(path + "1")
		if !ok || !bytes.Equal(one, two) || bytes.Equal(one, other) {
			t.Errorf("%s: %d bytes, %d at the second call, %d for another path", path, len(one), len(two), len(other))
		}
	}
	for _, path := range []string{"/", "/x/1/1", "/noise/-1/1", "/noise/9999999/1", "/items/1/x"} {
		if _, ok := b.of(path); ok {
			t.Errorf("%s has a body", path)
		}
	}
}

// TestQuartiles checks the quartiles of samples, and zeros for no samples.
func TestQuartiles(t *testing.T) {
	var c samples
	for _, n := range []int64{5, 1, 4, 2, 3} {
		c = append(c, sample{anonymous: n})
	}
	if got := c.quartiles(); got != [5]int64{1, 2, 3, 4, 5} {
		t.Errorf("%v", got)
	}
	if got := (samples{}).quartiles(); got != [5]int64{} {
		t.Errorf("quartiles of no samples: %v", got)
	}
}
