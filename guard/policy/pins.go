package policy

import "time"

// PinCheck says when the definitions that a server lists are compared with their pins. The zero
// value means before each call.
type PinCheck struct {
	// Notified means after the server's notifications of changes, if it sends any.
	Notified bool
	// Every is the maximal age of a list; zero means that each call needs a new one.
	Every time.Duration
}

// PinCheck returns the policy's rule on pins.
func (p *Policy) PinCheck() PinCheck { return p.pins }

// maxPinAge bounds the age of a list.
const maxPinAge = time.Hour

// pins reads "pins".
func (l *loader) pins(v value) {
	if l.noPins != "" {
		l.wrong(v, "pins has no effect here: %s", l.noPins)
		return
	}
	c := PinCheck{}
	stated := false
	l.object(v, "pins", field{"check", func(v value) {
		stated = true
		switch v.Value {
		case "each_call":
		case "notified":
			c.Notified = true
		default:
			var ok bool
			if c.Every, ok = parseWindow(v.Value); !ok || c.Every > maxPinAge {
				l.wrong(v, "check must be each_call, notified, or a time up to an hour such as 5s, not %s", kindText(v))
			}
		}
	}})
	if !stated {
		l.wrong(v, "pins has no check: each_call, notified, or a time such as 5s")
	}
	l.policy.pins = c
}
