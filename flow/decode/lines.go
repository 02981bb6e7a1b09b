package decode

import (
	"bytes"
	"iter"
)

// JSONLines yields the JSON texts in data, one per line. Records of RFC 7464 are lines, too.
// terminated reports whether the end of the line is present.
func JSONLines(data []byte) iter.Seq2[[]byte, bool] {
	return func(yield func(line []byte, terminated bool) bool) {
		for len(data) > 0 {
			line, rest, terminated := bytes.Cut(data, []byte("\n"))
			data = rest
			if line = bytes.Trim(line, "\x1e \t\r"); len(line) > 0 && !yield(line, terminated) {
				return
			}
		}
	}
}

// Event is one server-sent event.
type Event struct {
	Type string // "" means "message"
	Data []byte // lines joined by "\n"
	// IsComplete reports whether the blank line that ends the event is present.
	IsComplete bool
}

// Events yields the events of a text/event-stream that have data (HTML standard, section 9.2.6).
func Events(stream []byte) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		stream = bytes.TrimPrefix(stream, []byte("\xef\xbb\xbf"))
		var e Event
		has := false
		for len(stream) > 0 {
			var line []byte
			line, stream = eventLine(stream)
			if len(line) == 0 {
				if e.IsComplete = true; has && !yield(e) {
					return
				}
				e, has = Event{}, false
				continue
			}
			name, value, _ := bytes.Cut(line, []byte(":"))
			value = bytes.TrimPrefix(value, []byte(" "))
			switch string(name) {
			case "event":
				e.Type = string(value)
			case "data":
				if has {
					e.Data = append(e.Data, '\n')
				}
				e.Data, has = append(e.Data, value...), true
			}
		}
		if has {
			yield(e)
		}
	}
}

// eventLine splits off the first line, which ends with CRLF, LF or CR.
func eventLine(s []byte) (line, rest []byte) {
	i := bytes.IndexAny(s, "\r\n")
	if i < 0 {
		return s, nil
	}
	if s[i] == '\r' && i+1 < len(s) && s[i+1] == '\n' {
		return s[:i], s[i+2:]
	}
	return s[:i], s[i+1:]
}
