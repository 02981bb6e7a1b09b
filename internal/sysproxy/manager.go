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

// Errors of turning on and off.
var (
	// ErrNoDesktop says that this machine has no settings that are known.
	ErrNoDesktop = errors.New("no desktop settings here: neither GNOME's (gsettings) nor KDE's (kwriteconfig), macOS or Windows")
	// ErrChanged says that something else has changed the settings since.
	ErrChanged = errors.New("something else has changed it since")
	// ErrBusy says that another process is changing the settings.
	ErrBusy = errors.New("another process is changing the desktop's proxy: wait for it")
	// ErrGone says that the desktop whose settings were changed is no longer to be found.
	ErrGone = errors.New("its tools are not to be found any more")
)

// Manager turns the proxy of the desktops on and off. While one process does so, others get ErrBusy.
type Manager struct {
	// Desktops are those to change, of Here.
	Desktops []Desktop
	// File remembers what was there before (0600).
	File string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Outcome is what became of the settings of one desktop.
type Outcome struct {
	Desktop  string
	Done     bool   // it was changed now; without Err and Done it was as it should be already
	Now      string // what is in force, in a few words
	Untested string
	Err      error
}

// On makes s the proxy of all desktops. A desktop that fails is given back what it had. The error is for what
// keeps all of them from being changed: then nothing is.
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
	ctx = context.WithoutCancel(ctx) // what has begun is ended
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

// remember saves what is there and what will be, before anything is changed. It returns the desktops that cannot
// be read.
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
		if entry == nil { // never what a second On finds
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
		return nil, nil, fmt.Errorf("save the settings to give back: %w", err)
	}
	return state, out, nil
}

// turnOn writes what is last in the entry. undone says that it failed and all is as before.
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
		o.Err = fmt.Errorf("%w; giving back what was there: %w", err, uerr)
		return o, false
	}
	return o, true
}

// Off gives all desktops back what they had; none when nothing is saved. Settings that something else changed
// since are left alone (ErrChanged) unless force is set. What fails stays saved, for another try.
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
				return append(out, o), fmt.Errorf("forget the settings given back: %w", err)
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
	if !force && entry.foreign(cur) {
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

// foreign says whether a setting is neither what was there before nor what was written. One that is gone does not
// count: the network service it belonged to may be.
func (e *savedDesktop) foreign(cur Values) bool {
	for k, v := range cur {
		known := func(m Values) bool { return m[k] == v }
		before, ok := e.Before[k]
		_, written := e.Written[len(e.Written)-1][k]
		if (ok || written) && before != v && !slices.ContainsFunc(e.Written, known) {
			return true
		}
	}
	return false
}
