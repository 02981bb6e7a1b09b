package gateway

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcp/rawjson"
)

// keptList is a cached list.
type keptList struct {
	elements []pin.Definition
	asked    time.Time // when the server was asked for it
}

// capabilityOf returns the capability whose member listChanged announces notifications of changes
// of a list.
func capabilityOf(method string) string {
	name, _, _ := strings.Cut(method, "/")
	return name
}

// listed returns a list of the server under the policy's rule on pins: read now, or from the cache.
// isKept reports whether it equals that of an earlier call, byte for byte, so that all of it was
// compared.
func (r *Relay) listed(ctx context.Context, method string, like jsontext.Value) (list []pin.Definition, isKept bool, err error) {
	check := r.guard.Policy().PinCheck()
	if check == (policy.PinCheck{}) {
		return r.fresh(ctx, method, like)
	}
	now := time.Now()
	r.pins.mu.Lock()
	kept, ok := r.pins.kept[method]
	generation := r.pins.generation
	mayUse := ok && (check.Notified && r.pins.notifies[method] || now.Sub(kept.asked) < check.Every)
	r.pins.mu.Unlock()
	if mayUse {
		return kept.elements, true, nil
	}
	if list, isKept, err = r.fresh(ctx, method, like); err != nil {
		return nil, false, err
	}
	r.pins.mu.Lock()
	defer r.pins.mu.Unlock()
	if r.pins.generation == generation { // else the list may be older than the change
		if r.pins.kept == nil {
			r.pins.kept = map[string]keptList{}
		}
		r.pins.kept[method] = keptList{list, now}
	}
	return list, isKept, nil
}

// forgetLists invalidates cached lists: all of them, or those that a notification of the server
// concerns.
func (r *Relay) forgetLists(notification string) {
	changed, isNote := strings.CutSuffix(strings.TrimPrefix(notification, "notifications/"), "/list_changed")
	if notification != "" && !isNote {
		return
	}
	r.pins.mu.Lock()
	defer r.pins.mu.Unlock()
	r.pins.generation++
	if notification == "" {
		r.pins.kept, r.pins.tools = nil, nil
	}
	maps.DeleteFunc(r.pins.kept, func(method string, _ keptList) bool { return capabilityOf(method) == changed })
	if changed == "tools" {
		r.pins.tools = nil
	}
}

// noteCapabilities learns from the answer to initialize for which lists the server sends
// notifications of changes. They are trusted only on a connection of one client to a child process,
// where messages are ordered and none is lost: a stream over HTTP may break, and stateless
// revisions notify only subscribers.
func (r *Relay) noteCapabilities(method string, result jsontext.Value) {
	r.pins.mu.Lock()
	defer r.pins.mu.Unlock()
	notifies := map[string]bool{}
	if method == "initialize" && !r.shared && !r.pins.remote {
		for list := range pinned {
			notifies[list] = string(rawjson.At(result, "capabilities", capabilityOf(list), "listChanged")) == "true"
		}
	}
	r.pins.notifies = notifies
	r.pins.kept = nil
	r.pins.generation++
}

// parsedList is a list that came as one page, and its text.
type parsedList struct {
	text     jsontext.Value
	elements []pin.Definition // must not be changed
	compared bool             // all elements were compared with their pins
}

// noteCompared records that all elements of the latest list were compared.
func (r *Relay) noteCompared(method string, list []pin.Definition) {
	r.pins.mu.Lock()
	defer r.pins.mu.Unlock()
	last := r.pins.parsed[method]
	if len(list) > 0 && len(last.elements) == len(list) && &last.elements[0] == &list[0] {
		last.compared = true
		r.pins.parsed[method] = last
	}
}

// errAsBefore ends the reading of a list whose page equals that of the last reading.
var errAsBefore = errors.New("the list is as before")

// readElements reads a list. A page that equals the only page of the last reading, byte for byte,
// is not parsed again. isAsBefore reports that, if all of that page was compared with the pins.
func (r *Relay) readElements(
	ctx context.Context, method string, like jsontext.Value,
) (list []pin.Definition, isAsBefore bool, err error) {
	r.pins.mu.Lock()
	last := r.pins.parsed[method]
	r.pins.mu.Unlock()
	now, pages := parsedList{}, 0
	err = r.listAll(ctx, method, like, func(result jsontext.Value) error {
		if pages++; pages == 1 && last.text != nil && bytes.Equal(result, last.text) {
			return errAsBefore
		}
		now.text = bytes.Clone(result)
		return nil
	}, func(e pin.Definition) {
		e.JSON = bytes.Clone(e.JSON)
		now.elements = append(now.elements, e)
	})
	switch {
	case errors.Is(err, errAsBefore):
		return last.elements, last.compared, nil
	case err != nil:
		return now.elements, false, err
	}
	r.pins.mu.Lock()
	defer r.pins.mu.Unlock()
	delete(r.pins.parsed, method)
	if pages == 1 {
		if r.pins.parsed == nil {
			r.pins.parsed = map[string]parsedList{}
		}
		r.pins.parsed[method] = now
	}
	return now.elements, false, nil
}
