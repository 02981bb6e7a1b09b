//go:build !linux

package capture

func (w *bypassWatcher) look() {}
