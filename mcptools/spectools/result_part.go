package spectools

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/extract"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// more says how to read on where an answer is cut: with this tool and these arguments.
type more struct {
	Tool   string `json:"tool,omitempty"`
	Result string `json:"result,omitempty"`
	Path   string `json:"path,omitempty"` // of the value that is cut; absent for text
	Offset int    `json:"offset"`
	Total  int    `json:"total"`
	Unit   string `json:"unit"` // what the numbers count: see package fit
}

// String says what is there.
func (m more) String() string {
	what := "the answer"
	if m.Path != "" {
		what = m.Path
	}
	return fmt.Sprintf("%s has %d of %d %s", what, m.Offset, m.Total, m.Unit)
}

// part is what a result shows of an answer.
type part struct {
	data     json.RawMessage
	encoding string
	size     int // bytes of data, before they are written as JSON if they are text
	cuts     []more
}

// maxCuts limits the places that a result names, the one with the most bytes first.
const maxCuts = 5

// isJSON reports whether the answer is JSON that every client can read.
func (a *answer) isJSON() bool {
	typ := a.resp.Header.Get("Content-Type")
	return (typ == "" || serialize.KindOf(typ) == serialize.JSON || decode.IsJSON(decode.Kind(decode.MediaType(typ), a.data))) && isPortable(a.data)
}

// isText reports whether the answer is text.
func (a *answer) isText() bool {
	return utf8.Valid(a.data) && !bytes.ContainsRune(a.data, 0)
}

// all returns the whole answer.
func (a *answer) all() part {
	switch {
	case len(a.data) == 0:
		return part{data: json.RawMessage("null")}
	case a.isJSON():
		return part{data: a.data, size: len(a.data)}
	case a.isText():
		return part{data: orderedjson.Encode(string(a.data)), size: len(a.data)}
	}
	return binaryPart(a.data)
}

func binaryPart(data []byte) part {
	return part{data: json.RawMessage(`"` + base64.StdEncoding.EncodeToString(data) + `"`), encoding: "base64", size: len(data)}
}

// from returns what fits in limit bytes from an offset on, in bytes of text or elements of JSON.
func (a *answer) from(offset, limit int) (part, error) {
	if a.isJSON() {
		if v, err := orderedjson.Decode(a.data); err == nil {
			return jsonPart(v, nil, offset, limit, extract.Place.String)
		}
	}
	return a.bytes(offset, limit), nil
}

// first returns what fits in limit bytes from the beginning.
func (a *answer) first(limit int) part {
	p, _ := a.from(0, limit) // 0 is within every answer
	return p
}

// bytes returns what fits in limit bytes of an answer that is not JSON.
func (a *answer) bytes(offset, limit int) part {
	rest := a.data[min(offset, len(a.data)):]
	isText := a.isText()
	n := min(limit, len(rest))
	if isText {
		n = fitText(string(rest), limit)
	}
	p := binaryPart(rest[:n])
	if isText {
		p = part{data: orderedjson.Encode(string(rest[:n])), size: n}
	}
	if n < len(rest) {
		p.cuts = []more{{Offset: offset + n, Total: len(a.data), Unit: unitBytes}}
	}
	return p
}

// jsonPart returns what fits of a value at a place in the answer. pathOf returns the JSONPath of a
// place.
func jsonPart(v any, place extract.Place, offset, limit int, pathOf func(extract.Place) string) (part, error) {
	if err := checkOffset(v, place, offset); err != nil {
		return part{}, err
	}
	short, cuts := fitValue(v, place, offset, limit)
	slices.SortStableFunc(cuts, func(x, y cut) int { return y.Left - x.Left })
	p := part{data: orderedjson.Encode(short)}
	p.size = len(p.data)
	for _, c := range cuts {
		p.cuts = append(p.cuts, more{Path: pathOf(c.Place), Offset: c.Kept, Total: c.Total, Unit: c.Unit})
	}
	return p, nil
}

var errNoJSON = errors.New("the answer is not JSON: leave path out")

// at returns what fits of the values that a JSONPath selects: the value itself if the path can
// select only one, else a list of them, in which offset counts.
func (a *answer) at(ctx context.Context, path string, offset, limit int) (part, error) {
	if !a.isJSON() {
		return part{}, errNoJSON
	}
	places, isSingle, err := extract.Locate(ctx, path, string(a.data))
	if err != nil {
		return part{}, err
	}
	whole, err := orderedjson.Decode(a.data)
	if err != nil {
		return part{}, errNoJSON
	}
	if isSingle {
		if len(places) == 0 {
			return part{}, nothingAt(path, whole)
		}
		return jsonPart(valueAt(whole, places[0]), places[0], offset, limit, extract.Place.String)
	}
	if offset > len(places) {
		return part{}, fmt.Errorf("%w: the path selects %d values", errOffset, len(places))
	}
	list := make([]any, len(places))
	for i, place := range places {
		list[i] = valueAt(whole, place)
	}
	return jsonPart(list, nil, offset, limit, func(in extract.Place) string {
		if len(in) == 0 {
			return path
		}
		return append(slices.Clone(places[in[0].(int)]), in[1:]...).String()
	})
}

// valueAt returns the value at a place, nil if there is none.
func valueAt(v any, place extract.Place) any {
	for _, step := range place {
		v, _ = stepInto(v, step)
	}
	return v
}

// trimUTF8 removes an incomplete character at the end of a text.
func trimUTF8(b []byte) []byte {
	for n := len(b); n >= max(len(b)-utf8.UTFMax+1, 0); n-- {
		if utf8.Valid(b[:n]) {
			return b[:n]
		}
	}
	return b // no text
}
