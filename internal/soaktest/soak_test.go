package main

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/attack/targettest"
	"github.com/spectap/spectap/internal/test/must"
)

// TestSoak runs the soak for a second, with noise and without, and checks that every flow is
// stored.
func TestSoak(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("memory is read from /proc")
	}
	bin, remove, err := targettest.Build()
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	for _, noise := range []bool{false, true} {
		t.Run(fmt.Sprintf("noise=%t", noise), func(t *testing.T) {
			if testing.Short() && noise {
				t.Skip("the other load has some of it")
			}
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
	up := must.Get(startOrigin(t.TempDir()))
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
	f := must.Get(check(t.Context(), path, &loadResult{requests: 3}, up.bodies))
	if f.flows != 3 || f.wrong != 1 || f.unrequested != 1 || f.ok(&loadResult{requests: 3}) {
		t.Errorf("%+v", f)
	}
}
