package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/spectools"
)

// onlyDocument is the name in the book of pins of a document without a mount.
const onlyDocument = "api"

// serveNoPins says why policies of serve do not say when pins are compared.
const serveNoPins = "serve compares its tools with --pins at each call; remove it"

// pinName returns the name of a mount in the book of pins.
func (m mount) pinName() string { return cmp.Or(m.name(), onlyDocument) }

// openPins opens the file of --pins, if there is one. A file that cannot be used stops the server:
// it says what must not be called.
func (s *serving) openPins() (err error) {
	s.book, err = openPinBook(s.f.pins)
	s.f.enforced.pins = s.book
	return err
}

// pinsOf returns the pins of a mount, nil without --pins.
func (s *serving) pinsOf(m mount) *spectools.Pins {
	if s.book == nil {
		return nil
	}
	if s.pins[m.base] == nil {
		if s.pins == nil {
			s.pins = map[string]*spectools.Pins{}
		}
		s.pins[m.base] = spectools.NewPins(s.book, m.pinName())
	}
	return s.pins[m.base]
}

// followPins tells the clients of a document that people have decided on its tools, which are
// compared at each list and call in any case.
func (s *serving) followPins(w *watched, log *slog.Logger) {
	if s.book == nil {
		return
	}
	now, err := w.set.Quarantined()
	if err != nil {
		if !w.unpinned {
			log.Warn("no tool is listed or called: the pins cannot be read", "error", err)
		}
		w.unpinned = true
		return
	}
	if !w.unpinned && maps.EqualFunc(now, w.quarantined, isHiddenAlike) {
		return
	}
	w.quarantined, w.unpinned = now, false
	w.server.SendNotificationToAllClients(mcp.MethodNotificationToolsListChanged, nil)
}

// isHiddenAlike reports whether lists are the same with either status. Neither is accepted.
func isHiddenAlike(pin.Status, pin.Status) bool { return true }

// printQuarantined prints on stderr which tools of a set wait for a person.
func (s *serving) printQuarantined(set *spectools.Set) {
	if s.book == nil {
		return
	}
	all, err := set.Quarantined()
	if err != nil || len(all) == 0 {
		return // an error is said when the tools are compared next
	}
	fmt.Fprintf(s.p.stderr, "  %s refused until a person accepts what is new or has changed: spectap pins diff --pins %s\n",
		plural(len(all), "tool"), visible.Line(s.f.pins))
}
