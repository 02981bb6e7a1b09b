package traffic

import (
	"errors"
	"fmt"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/page/wire"
)

// shownError returns the text of an error that the page shows.
func shownError(err error) string {
	var e *wire.Error
	if !errors.As(err, &e) {
		return fmt.Sprint("not shown: ", err)
	}
	return fmt.Sprint(e.Message, map[bool]string{true: " (not found)"}[e.NotFound])
}

const gone = "this flow is no longer in the store (not found)"

// A stream of events that the client ends has not failed; what the server cuts says how much of it came.
func TestEnds(t *testing.T) {
	p, db, _ := open(t)
	for want, x := range map[string][4]string{
		"false , ended by the client":                                   {"Content-Type", "text/event-stream", "the client went away before the end of the answer", "x"},
		"true the answer was cut off: EOF, cut off after 1 B of 1.0 kB": {"Content-Length", "1000", "the answer was cut off: EOF", "x"},
		"false , truncated, of 1 B":                                     {"Content-Type", "text/plain", "", ""},
	} {
		f := exchange("GET", "/", 200, x[3])
		f.Err, f.Response.Header[0] = x[2], flow.Field{Name: x[0], Value: x[1]}
		f.Response.Body.Truncated, f.Response.Body.Size = true, 1
		d := must.Get(p.flow(t.Context(), FlowQuery{must.Get(db.Append(t.Context(), f))}))
		if got := fmt.Sprint(d.Row.Failed, " ", d.Error, ", ", d.Response.Body.Note); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
