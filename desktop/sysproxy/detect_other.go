//go:build !windows

package sysproxy

import (
	"context"
	"runtime"
)

// Detect returns the desktops whose settings exist on this machine.
func Detect(ctx context.Context) []Desktop { return detect(ctx, runtime.GOOS, commands{}) }

func detect(ctx context.Context, goos string, r runner) []Desktop {
	if goos == "darwin" {
		if !r.has("networksetup") {
			return nil
		}
		return []Desktop{macOS{r}}
	}
	var ds []Desktop
	if g := (gnome{r}); g.isAvailable(ctx) {
		ds = append(ds, g)
	}
	for _, version := range []string{"6", "5"} {
		if r.has("kreadconfig"+version) && r.has("kwriteconfig"+version) {
			return append(ds, kde{r, version})
		}
	}
	return ds
}
