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

// Status describes the current settings and who set them.
type Status struct {
	// Ours is the argument of On, or nil if nothing is saved.
	Ours *Settings
	// Since is the time of the last On.
	Since    time.Time
	Desktops []DesktopStatus
}

// By is the origin of the current proxy setting.
type By string

// The values of By.
const (
	Us      By = "by spectap"
	Others  By = "not by spectap"
	Partly  By = "by spectap, in part"
	Changed By = "by spectap, and changed since"
)

// DesktopStatus describes the settings of one desktop.
type DesktopStatus struct {
	Desktop string
	Now     string // a short description
	Before  string // a description of the settings that Off restores, or ""
	By      By
	Err     error // the reason why the settings cannot be read
}

// Status reads the settings of all desktops and changes nothing.
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
			case e.isForeign(cur):
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

// ErrNotProxy is returned if another server answers at the address of the proxy.
var ErrNotProxy = errors.New("another server answers there")

// Answers requests the PAC file from the proxy. It returns nil if the proxy serves one.
func Answers(ctx context.Context, s Settings) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.PACURL(), nil)
	if err != nil {
		return err
	}
	t := &http.Transport{Proxy: nil, DisableKeepAlives: true}
	resp, err := t.RoundTrip(req) // a round trip follows no redirect
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
