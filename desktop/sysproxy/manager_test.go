package sysproxy

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
)

// memory is a registry in memory. It fails every write after the first left ones, like a process
// that was killed.
type memory struct {
	v    Values
	left int
}

var errDead = errors.New("dead")

func (m *memory) get(name string) (string, bool, error) {
	v, ok := m.v[name]
	return v, ok, nil
}

func (m *memory) change(f func()) error {
	if m.left <= 0 {
		return errDead
	}
	m.left--
	f()
	return nil
}

func (m *memory) setString(name, value string) error {
	return m.change(func() { m.v[name] = value })
}

func (m *memory) setNumber(name string, value uint32) error {
	return m.change(func() { m.v[name] = string(rune('0' + value)) })
}

func (m *memory) remove(name string) error { return m.change(func() { delete(m.v, name) }) }
func (m *memory) notify() error            { return m.change(func() {}) }

const plenty = 1 << 20

// newManager returns a manager of the registry m with a file in a temporary folder.
func newManager(t *testing.T, m *memory) *Manager {
	return &Manager{Desktops: []Desktop{windows{m}}, File: filepath.Join(t.TempDir(), "data", "saved.json")}
}

// settings parses a listen address into settings.
func settings(t *testing.T, listen string, pac bool) Settings {
	t.Helper()
	return must.Get(ParseSettings(listen, pac))
}

// TestOnOff checks that Off restores the settings from before the first On, and that the status and
// the file are correct in between.
func TestOnOff(t *testing.T) {
	before := Values{"ProxyEnable": "1", "ProxyServer": "corp:3128", "AutoConfigURL": "http://u:p@pac.corp/x?t=secret"}
	reg := &memory{v: maps.Clone(before), left: plenty}
	m := newManager(t, reg)
	first, second := settings(t, ":8080", false), settings(t, "127.0.0.1:9090", true)
	for _, s := range []Settings{first, first, second} {
		if out, err := m.On(t.Context(), s); err != nil || len(out) != 1 || out[0].Err != nil {
			t.Fatalf("on %v: %+v, %v", s, out, err)
		}
	}
	if got, want := reg.v["AutoConfigURL"], "http://127.0.0.1:9090/proxy.pac"; got != want {
		t.Errorf("PAC file %q, want %q", got, want)
	}
	fi := must.Get(os.Stat(m.File))
	if runtime.GOOS != "windows" && fi.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", fi.Mode())
	}
	st, err := m.Status(t.Context())
	if err != nil || *st.Ours != second || st.Desktops[0].By != Us ||
		st.Desktops[0].Before != "PAC file http://pac.corp/x" {
		t.Errorf("status %+v, %v", st, err)
	}
	gone, err := (&Manager{File: m.File}).Status(t.Context())
	if err != nil || len(gone.Desktops) != 1 || gone.Desktops[0].By != Us || !errors.Is(gone.Desktops[0].Err, ErrGone) {
		t.Errorf("without the desktop the status is %+v, %v", gone, err)
	}
	out, err := m.Off(t.Context(), false)
	if err != nil || len(out) != 1 || out[0].Err != nil || !out[0].Done || out[0].Now != st.Desktops[0].Before {
		t.Fatalf("off: %+v, %v", out, err)
	}
	if !maps.Equal(reg.v, before) {
		t.Errorf("after off %v, want %v", reg.v, before)
	}
	if _, err := os.Stat(m.File); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file still exists: %v", err)
	}
	if out, err := m.Off(t.Context(), false); err != nil || out != nil {
		t.Errorf("second off: %+v, %v", out, err)
	}
}

// TestCrash checks that Off restores the original settings after any sequence of On and Off, each
// interrupted at any write.
func TestCrash(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		before := Values{}
		for _, k := range windowsValues {
			if rapid.Bool().Draw(t, k) {
				before[k] = rapid.SampledFrom([]string{"0", "1"}).Draw(t, "value")
			}
		}
		reg := &memory{v: maps.Clone(before)}
		m := &Manager{Desktops: []Desktop{windows{reg}}, File: filepath.Join(dir, "saved.json")}
		defer os.Remove(m.File)
		for range rapid.IntRange(1, 5).Draw(t, "calls") {
			reg.left = rapid.IntRange(0, 12).Draw(t, "writes before the crash")
			if rapid.Bool().Draw(t, "on") {
				s := Settings{Host: "127.0.0.1", Port: rapid.SampledFrom([]uint16{80, 81}).Draw(t, "port"),
					PAC: rapid.Bool().Draw(t, "pac")}
				must.Get(m.On(t.Context(), s))
			} else if _, err := m.Off(t.Context(), false); err != nil {
				t.Fatal(err)
			}
		}
		reg.left = plenty
		out := must.Get(m.Off(t.Context(), false))
		for _, o := range out {
			if o.Err != nil {
				t.Fatal(o.Err)
			}
		}
		if !maps.Equal(reg.v, before) {
			t.Fatalf("after off %v, want %v", reg.v, before)
		}
	})
}

// TestChangedByAnother checks that settings which another program changed after On are kept, unless
// Off is forced.
func TestChangedByAnother(t *testing.T) {
	reg := &memory{v: Values{}, left: plenty}
	m := newManager(t, reg)
	must.Get(m.On(t.Context(), settings(t, ":8080", false)))
	reg.v["ProxyServer"] = "vpn:1"
	if st, err := m.Status(t.Context()); err != nil || st.Desktops[0].By != Changed {
		t.Errorf("status %+v, %v", st, err)
	}
	out, err := m.Off(t.Context(), false)
	if err != nil || !errors.Is(out[0].Err, ErrChanged) || reg.v["ProxyServer"] != "vpn:1" {
		t.Fatalf("off: %+v, %v; %v", out, err, reg.v)
	}
	if out, err = m.Off(t.Context(), true); err != nil || out[0].Err != nil || len(reg.v) != 0 {
		t.Errorf("forced off: %+v, %v; %v", out, err, reg.v)
	}
}

// blocked delays the first write until goOn is closed.
type blocked struct {
	memory
	begun, goOn chan struct{}
}

func (b *blocked) setString(name, value string) error {
	if b.begun != nil {
		close(b.begun)
		b.begun = nil
		<-b.goOn
	}
	return b.memory.setString(name, value)
}

// TestTwoAtOnce checks that On and Off fail with ErrBusy while another call is running.
func TestTwoAtOnce(t *testing.T) {
	reg := &blocked{memory: memory{v: Values{}, left: plenty}, begun: make(chan struct{}), goOn: make(chan struct{})}
	m := newManager(t, &reg.memory)
	m.Desktops = []Desktop{windows{reg}}
	begun, done := reg.begun, make(chan error)
	go func() {
		_, err := m.On(t.Context(), Settings{Host: "h", Port: 1})
		done <- err
	}()
	<-begun
	if _, err := m.On(t.Context(), Settings{Host: "h", Port: 2}); !errors.Is(err, ErrBusy) {
		t.Errorf("second on: %v", err)
	}
	if _, err := m.Off(t.Context(), true); !errors.Is(err, ErrBusy) {
		t.Errorf("off: %v", err)
	}
	close(reg.goOn)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if out, err := m.Off(t.Context(), false); err != nil || out[0].Err != nil || len(reg.v) != 0 {
		t.Errorf("off: %+v, %v; %v", out, err, reg.v)
	}
}

// TestDamagedFile checks that On and Off refuse a file that is truncated or of a newer version.
func TestDamagedFile(t *testing.T) {
	for name, data := range map[string]string{"cut": `{"version": 1, "desk`, "newer": `{"version": 2}`} {
		t.Run(name, func(t *testing.T) {
			reg := &memory{v: Values{}, left: plenty}
			m := &Manager{Desktops: []Desktop{windows{reg}}, File: filepath.Join(t.TempDir(), "saved.json")}
			must.Do(t, os.WriteFile(m.File, []byte(data), 0o600))
			if _, err := m.On(t.Context(), Settings{Host: "h", Port: 1}); err == nil || len(reg.v) != 0 {
				t.Errorf("on: %v, %v", err, reg.v)
			}
			if _, err := m.Off(t.Context(), true); err == nil {
				t.Error("off: no error")
			}
		})
	}
}

// FuzzSaved checks that any content of the file causes no panic.
func FuzzSaved(f *testing.F) {
	f.Add([]byte(`{"version":1,"desktops":{"windows":{"before":{"ProxyEnable":"1"},"written":[{"ProxyServer":"a:1"}]}}}`))
	f.Add([]byte(`{"version":1,"desktops":{"windows":null,"gone":{"written":[null]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		reg := &memory{v: Values{"ProxyServer": "a:1"}, left: plenty}
		m := &Manager{Desktops: []Desktop{windows{reg}}, File: filepath.Join(t.TempDir(), "saved.json")}
		must.Do(t, os.WriteFile(m.File, data, 0o600))
		m.Status(t.Context())
		m.On(t.Context(), Settings{Host: "h", Port: 1})
		m.Off(t.Context(), true)
	})
}
