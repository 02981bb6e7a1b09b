package sysproxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"time"
)

// Status is what is set, by whom.
type Status struct {
	// Ours is what On was asked for, nil when there is nothing to give back.
	Ours *Settings
	// Since is when On was last called.
	Since    time.Time
	Desktops []DesktopStatus
}

// By is who set something.
type By string

// Who set what is in force.
const (
	Us      By = "by spectap"
	Others  By = "not by spectap"
	Partly  By = "by spectap, in part"
	Changed By = "by spectap, and changed since"
)

// DesktopStatus is what is set for one desktop.
type DesktopStatus struct {
	Desktop string
	Now     string // in a few words
	Before  string // what Off gives back; "" for nothing
	By      By
	Err     error // it cannot be read
}

// Status changes nothing.
func (m *Manager) Status(ctx context.Context) (Status, error) {
	state, err := load(m.File)
	if err != nil {
		return Status{}, err
	}
	var s Status
	if state != nil {
		s.Ours, s.Since = &state.Settings, state.Since
	} else {
		state = &saved{}
	}
	for _, d := range m.Desktops {
		ds := DesktopStatus{Desktop: d.Name(), By: Others}
		cur, err := d.Read(ctx)
		if err != nil {
			ds.Err = err
		} else {
			ds.Now = d.Describe(cur)
		}
		if e := state.Desktops[d.Name()]; e != nil {
			ds.Before = d.Describe(e.Before)
			switch {
			case err != nil || maps.Equal(cur, e.Written[len(e.Written)-1]):
				ds.By = Us
			case e.foreign(cur):
				ds.By = Changed
			default: // interrupted
				ds.By = Partly
			}
		}
		s.Desktops = append(s.Desktops, ds)
	}
	for _, name := range slices.Sorted(maps.Keys(state.Desktops)) {
		if find(m.Desktops, name) == nil {
			s.Desktops = append(s.Desktops, DesktopStatus{Desktop: name, By: Us, Err: ErrGone})
		}
	}
	return s, nil
}

// ErrNotProxy says that something else than a proxy of this program answers.
var ErrNotProxy = errors.New("something else answers there")

// Answers asks the proxy itself for its PAC file: nil when it serves one.
func Answers(ctx context.Context, s Settings) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.PACURL(), nil)
	if err != nil {
		return err
	}
	t := &http.Transport{Proxy: nil, DisableKeepAlives: true}
	resp, err := t.RoundTrip(req) // follows nothing
	if err != nil {
		return fmt.Errorf("ask %s: %w", s.Addr(), err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if media != "application/x-ns-proxy-autoconfig" {
		return fmt.Errorf("ask %s: %w (status %d)", s.Addr(), ErrNotProxy, resp.StatusCode)
	}
	return nil
}
