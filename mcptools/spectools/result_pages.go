package spectools

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/extract"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// DefaultMaxResult is the default limit of [Options.MaxResult], in bytes.
const DefaultMaxResult = 32 << 10

// Limits of the cache of long answers.
const (
	maxCachedAnswers = 16
	cacheLifetime    = 10 * time.Minute
)

// toolReadMore returns another part of an answer that is longer than a result.
const toolReadMore = "read_more"

const readMoreSchema = `{"type":"object","additionalProperties":false,"required":["result"],"properties":{
"result":{"type":"string","description":"As the cut result says."},
"path":{"type":"string","maxLength":1000,"description":"JSONPath of the part, such as $.items[*].name or $.items[?(@.id == 7)]."},
"offset":{"type":"integer","minimum":0,"default":0,"description":"Elements, members or bytes to skip in it."}}}`

// cachedAnswer is a long answer, which only its caller may read on.
type cachedAnswer struct {
	id, principal string
	answer        answer
	expires       time.Time
}

// answerCache holds the newest long answers. It is safe for concurrent use.
type answerCache struct {
	mu  sync.Mutex // guards all
	all []cachedAnswer
}

// add stores an answer and returns its identifier.
func (c *answerCache) add(principal string, a answer) string {
	id := rand.Text()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.all) == maxCachedAnswers {
		c.all = append(c.all[:0], c.all[1:]...)
	}
	c.all = append(c.all, cachedAnswer{id, principal, a, time.Now().Add(cacheLifetime)})
	return id
}

func (c *answerCache) get(principal, id string) (answer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, x := range c.all {
		if x.id == id && x.principal == principal && time.Now().Before(x.expires) {
			return x.answer, true
		}
	}
	return answer{}, false
}

func (s *Set) maxResult() int {
	if s.o.MaxResult > 0 {
		return max(s.o.MaxResult, utf8.UTFMax) // a page holds at least one character
	}
	return DefaultMaxResult
}

// keep stores an answer that is longer than a result, so that its caller may read further parts. If
// a policy removes or refuses parts of the answer, it is not kept: its rules use places that a part
// does not have.
func (s *Set) keep(ctx context.Context, principal string, a *answer, p *part) {
	name := s.o.Prefix + toolReadMore
	pass := guard.PassOf(ctx)
	if s.byTool[name] == nil && (pass == nil || !pass.IsTreated) { // an operation may have the name
		p.setMore(name, s.pages.add(principal, *a))
	}
}

// setMore sets the tool and the result with which to read on.
func (p *part) setMore(tool, result string) {
	for i := range p.cuts {
		p.cuts[i].Tool, p.cuts[i].Result = tool, result
	}
}

func (s *Set) readMore(ctx context.Context, args *orderedjson.Object) *mcp.CallToolResult {
	wrong := func(field, reason string, advice ...string) *mcp.CallToolResult {
		return invalid([]jsonschema.Problem{{Field: field, Reason: reason}}, schemaNames(readMoreSchema), advice...)
	}
	id, _ := args.Value("result").(string)
	root, ok := s.pages.get(s.principal(withHeader(ctx)), id)
	if !ok {
		return wrong("result", "is unknown or has expired", "Call the operation again.")
	}
	offset := intArgument(args, "offset", 0)
	path, _ := args.Value("path").(string)
	p, err := root.read(ctx, path, offset, s.maxResult())
	switch {
	case errors.Is(err, errOffset):
		return wrong("offset", sanitize.Line(err.Error(), 300))
	case err != nil:
		return wrong("path", sanitize.Line(err.Error(), 300))
	}
	p.setMore(s.o.Prefix+toolReadMore, id)
	return newResult(successResult{newEnvelope("api_response"), p.data, root.metadata(p)}, false)
}

// read returns the part of an answer that a path and offset select; "" is the complete answer.
func (a *answer) read(ctx context.Context, path string, offset, limit int) (part, error) {
	if path != "" {
		return a.at(ctx, path, offset, limit)
	}
	if !a.isJSON() && (offset > len(a.data) || offset < len(a.data) && a.isText() && !utf8.RuneStart(a.data[offset])) {
		return part{}, errOffset
	}
	return a.from(offset, limit)
}

// more says how to read on where an answer is cut: with this tool and these arguments.
type more struct {
	Tool   string `json:"tool,omitempty"`
	Result string `json:"result,omitempty"`
	Path   string `json:"path,omitempty"` // of the value that is cut; absent for text
	Offset int    `json:"offset"`         // units before the rest; 0 for a string that is left out
	Total  int    `json:"total"`
	Unit   string `json:"unit"`

	place extract.Place // of the value
	left  int           // bytes of JSON that are left out
}

// String describes the available parts.
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
func (a *answer) isText() bool { return utf8.Valid(a.data) && !bytes.ContainsRune(a.data, 0) }

// all returns the complete answer.
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
	slices.SortStableFunc(cuts, func(x, y more) int { return y.left - x.left })
	for i := range cuts {
		cuts[i].Path = pathOf(cuts[i].place)
	}
	p := part{data: orderedjson.Encode(short), cuts: cuts}
	p.size = len(p.data)
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
	root, err := orderedjson.Decode(a.data)
	if err != nil {
		return part{}, errNoJSON
	}
	if isSingle {
		if len(places) == 0 {
			return part{}, nothingAt(path, root)
		}
		return jsonPart(valueAt(root, places[0]), places[0], offset, limit, extract.Place.String)
	}
	if offset > len(places) {
		return part{}, fmt.Errorf("%w: the path selects %d values", errOffset, len(places))
	}
	list := make([]any, len(places))
	for i, place := range places {
		list[i] = valueAt(root, place)
	}
	return jsonPart(list, nil, offset, limit, func(in extract.Place) string {
		if len(in) == 0 {
			return path
		}
		return append(slices.Clone(places[in[0].(int)]), in[1:]...).String()
	})
}

// valueAt returns the value at a place, or nil.
func valueAt(v any, place extract.Place) any {
	for _, step := range place {
		v, _ = stepInto(v, step)
	}
	return v
}
