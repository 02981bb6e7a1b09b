package sysproxy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"
)

// Errors of On and Off.
var (
	// ErrNoDesktop is returned if this machine has no known proxy settings.
	ErrNoDesktop = errors.New("no desktop settings here: neither GNOME's (gsettings) nor KDE's (kwriteconfig), macOS or Windows")
	// ErrChanged is returned if another program has changed the settings since On.
	ErrChanged = errors.New("another program has changed the settings since")
	// ErrBusy is returned while another process changes the settings.
	ErrBusy = errors.New("another process is changing the desktop's proxy: wait for it")
	// ErrGone is returned if a desktop whose settings were changed no longer exists.
	ErrGone = errors.New("the desktop's tools no longer exist")
)

// Manager turns the proxy of the desktops on and off. Only one process at a time may do so; others
// get ErrBusy.
type Manager struct {
	// Desktops are the desktops to change, as returned by Here.
	Desktops []Desktop
	// File is the path of the saved earlier settings (mode 0600).
	File string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Outcome is the result for one desktop.
type Outcome struct {
	Desktop  string
	Done     bool   // it was changed; without Err and Done it needed no change
	Now      string // a short description of the current settings
	Untested string
	Err      error
}

// On makes s the proxy of all desktops. A desktop that fails gets its earlier settings back. An
// error means that no desktop was changed.
func (m *Manager) On(ctx context.Context, s Settings) ([]Outcome, error) {
	if len(m.Desktops) == 0 {
		return nil, ErrNoDesktop
	}
	unlock, err := m.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	state, out, err := m.remember(ctx, s)
	if err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // a change that has begun is completed
	for _, d := range m.Desktops {
		entry := state.Desktops[d.Name()]
		if entry == nil || slices.ContainsFunc(out, func(o Outcome) bool { return o.Desktop == d.Name() }) {
			continue
		}
		o, undone := turnOn(ctx, d, entry)
		if undone {
			delete(state.Desktops, d.Name())
			if err := state.replace(m.File); err != nil {
				o.Err = fmt.Errorf("%w; and %w", o.Err, err)
			}
		}
		out = append(out, o)
	}
	return out, nil
}

// remember saves the current and the new settings before anything is changed. It returns the
// desktops that cannot be read.
func (m *Manager) remember(ctx context.Context, s Settings) (*saved, []Outcome, error) {
	state, err := load(m.File)
	if err != nil {
		return nil, nil, err
	}
	now := m.Now
	if now == nil {
		now = time.Now
	}
	if state == nil {
		state = &saved{Version: savedVersion, Desktops: map[string]*savedDesktop{}}
	}
	state.Since, state.Settings = now().UTC().Truncate(time.Second), s
	var out []Outcome
	for _, d := range m.Desktops {
		cur, err := d.Read(ctx)
		if err != nil {
			out = append(out, Outcome{Desktop: d.Name(), Untested: d.Untested(), Err: err})
			continue
		}
		entry := state.Desktops[d.Name()]
		if entry == nil { // a second On keeps the settings from before the first
			entry = &savedDesktop{Before: cur}
			state.Desktops[d.Name()] = entry
		}
		want := d.Want(s, entry.Before)
		entry.Written = append(slices.DeleteFunc(entry.Written, func(v Values) bool { return maps.Equal(v, want) }), want)
	}
	if len(state.Desktops) == 0 {
		return state, out, nil
	}
	if err := state.replace(m.File); err != nil {
		return nil, nil, fmt.Errorf("save the earlier settings: %w", err)
	}
	return state, out, nil
}

// turnOn writes the newest settings of the entry. undone means that it failed and restored the
// earlier settings.
func turnOn(ctx context.Context, d Desktop, entry *savedDesktop) (o Outcome, undone bool) {
	o = Outcome{Desktop: d.Name(), Untested: d.Untested()}
	want := entry.Written[len(entry.Written)-1]
	cur, err := d.Read(ctx)
	if err == nil && maps.Equal(cur, want) {
		o.Now = d.Describe(want)
		return o, false
	}
	if err == nil {
		err = d.Write(ctx, want)
	}
	if err == nil {
		o.Done, o.Now = true, d.Describe(want)
		return o, false
	}
	o.Err = err
	if uerr := d.Write(ctx, entry.Before); uerr != nil {
		o.Err = fmt.Errorf("%w; restore the earlier settings: %w", err, uerr)
		return o, false
	}
	return o, true
}

// Off restores the earlier settings of all desktops. It does nothing if none are saved. If another
// program has changed the settings since, Off leaves them and reports ErrChanged, unless force is
// set. Settings that cannot be restored stay saved for another try.
func (m *Manager) Off(ctx context.Context, force bool) ([]Outcome, error) {
	if _, err := os.Stat(m.File); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	unlock, err := m.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	state, err := load(m.File)
	if err != nil || state == nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx)
	var out []Outcome
	for _, name := range slices.Sorted(maps.Keys(state.Desktops)) {
		o := turnOff(ctx, find(m.Desktops, name), state.Desktops[name], force)
		o.Desktop = name
		if o.Err == nil {
			delete(state.Desktops, name)
			if err := state.replace(m.File); err != nil {
				return append(out, o), fmt.Errorf("forget the restored settings: %w", err)
			}
		}
		out = append(out, o)
	}
	return out, nil
}

func turnOff(ctx context.Context, d Desktop, entry *savedDesktop, force bool) Outcome {
	if d == nil {
		return Outcome{Err: ErrGone}
	}
	o := Outcome{Untested: d.Untested()}
	cur, err := d.Read(ctx)
	if err != nil {
		o.Err = err
		return o
	}
	if !force && entry.isForeign(cur) {
		o.Now, o.Err = d.Describe(cur), ErrChanged
		return o
	}
	o.Now = d.Describe(entry.Before)
	if maps.Equal(cur, entry.Before) {
		return o
	}
	o.Err = d.Write(ctx, entry.Before)
	o.Done = o.Err == nil
	return o
}

// isForeign reports whether a setting is neither the earlier value nor one that was written. A
// missing setting does not count, because its network service may have been removed.
func (e *savedDesktop) isForeign(cur Values) bool {
	for k, v := range cur {
		isCurrent := func(m Values) bool { return m[k] == v }
		before, ok := e.Before[k]
		_, written := e.Written[len(e.Written)-1][k]
		if (ok || written) && before != v && !slices.ContainsFunc(e.Written, isCurrent) {
			return true
		}
	}
	return false
}
