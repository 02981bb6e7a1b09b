// Package postman reads collections of Postman (format 2.0 and 2.1) that have examples: the answers
// that people saved. Read postman.go first: it reads the file; request.go converts requests.
//
// A request without an example was never answered, and is skipped and counted. Variables of the
// collection and of paths are replaced by their values; one without a value is an error of the
// example, because its URL was never requested so. Times are not in a collection: the caller gives
// one.
package postman

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/exchange"
)

// Config configures Read.
type Config struct {
	Source string    // of the flows
	Time   time.Time // at which they start
	// Variables are values that come before those of the collection, as an environment's do.
	Variables map[string]string
}

// MissingError is the error for a variable without a value.
type MissingError struct{ Name string }

func (e *MissingError) Error() string {
	return fmt.Sprintf("the variable %.60q has no value in the collection", e.Name)
}

// ErrNotCollection is the error for a file that is no collection.
var ErrNotCollection = errors.New("not a Postman collection of format 2.0 or 2.1")

// maxFile bounds a file, in bytes: it is read into memory.
const maxFile = 128 << 20

// maxValues bounds the values decoded from a file: an empty item has 2 bytes and takes 100.
const maxValues = 2_000_000

var errManyValues = fmt.Errorf("a collection: %w (%d JSON values)", exchange.ErrTooLarge, maxValues)

// counted returns functions that end the decoding of one file after maxValues values.
func counted() *json.Unmarshalers {
	n := 0
	return json.UnmarshalFromFunc(func(*jsontext.Decoder, any) error {
		if n++; n > maxValues {
			return errManyValues
		}
		return errors.ErrUnsupported // decode it as usual
	})
}

// maxRepeated bounds the bytes of requests that examples without one of their own repeat. Postman
// writes each example with its request.
const maxRepeated = 32 << 20

var errManyRepeated = fmt.Errorf("requests that examples repeat: %w (%d MiB of a file)", exchange.ErrTooLarge, maxRepeated>>20)

// maxDepth bounds folders in folders.
const maxDepth = 64

// schema matches the name of the format, and the beginning of an exported collection: between them
// is the description, which may be long.
var schema = regexp.MustCompile(`"schema"\s*:\s*"https://schema\.(get)?postman\.com/(json/)?collection/v2\.|` +
	`^\s*\{\s*("collection"\s*:\s*\{\s*)?"info"\s*:\s*\{\s*"_postman_id"\s*:`)

// IsCollection reports whether a file looks like a collection. head is its first kilobyte or more.
func IsCollection(head []byte) bool { return schema.Match(head) }

type collection struct {
	Info struct {
		Schema string `json:"schema"`
	} `json:"info"`
	Item     []item     `json:"item"`
	Variable []variable `json:"variable"`
	// Collection is what Postman's own API puts around a collection.
	Collection *collection `json:"collection"`
}

// item is a folder, or a request with its examples.
type item struct {
	Name     string     `json:"name"`
	Item     []item     `json:"item"`
	Request  *request   `json:"request"`
	Response []example  `json:"response"`
	Variable []variable `json:"variable"`
}

type example struct {
	Name            string   `json:"name"`
	OriginalRequest *request `json:"originalRequest"`
	Code            int      `json:"code"`
	Header          fields   `json:"header"`
	Body            *string  `json:"body"`
}

// variable is a variable or a member of a form.
type variable struct {
	Key      string  `json:"key"`
	ID       string  `json:"id"` // in format 2.0, instead of Key
	Value    *scalar `json:"value"`
	Disabled bool    `json:"disabled"`
	Type     string  `json:"type"`
}

// scalar is a text. In a file it may also be a number or a boolean, and is then as it is written.
type scalar string

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (s *scalar) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == '"' {
		return json.UnmarshalDecode(dec, (*string)(s))
	}
	v, err := dec.ReadValue()
	*s = scalar(v)
	return err
}

func (v variable) name() string {
	if v.Key == "" {
		return v.ID
	}
	return v.Key
}

func (v variable) text() string {
	if v.Value == nil {
		return ""
	}
	return string(*v.Value)
}

// Reader reads one file. It is not safe for concurrent use.
type Reader struct {
	r       io.Reader
	cfg     Config
	entries int
	skipped int
	room    int // of maxReplacedOfAll
	// repeatable is the rest of maxRepeated; negative if exceeded.
	repeatable int
}

// Read returns a reader of the collection in r.
func Read(r io.Reader, cfg Config) *Reader {
	return &Reader{r: r, cfg: cfg, room: maxReplacedOfAll, repeatable: maxRepeated}
}

// Skipped returns the number of requests so far that have no example.
func (r *Reader) Skipped() int { return r.skipped }

// Flows yields the examples of the file in order. It can be used once. An example that cannot be
// read yields an [*exchange.EntryError], and the next one follows.
func (r *Reader) Flows() iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		var c collection
		err := json.UnmarshalRead(io.LimitReader(r.r, maxFile), &c, json.MatchCaseInsensitiveNames(false), json.WithUnmarshalers(counted()))
		if c.Collection != nil && c.Info.Schema == "" {
			c = *c.Collection
		}
		if err != nil || !strings.Contains(c.Info.Schema, "/collection/v2.") {
			switch {
			case err == nil:
				err = ErrNotCollection
			case errors.Is(err, errManyValues):
				err = errManyValues // without the names of types around it
			case errors.Is(err, errLongHeader):
				err = errLongHeader
			default:
				err = fmt.Errorf("%w: %w", ErrNotCollection, err)
			}
			yield(flow.Flow{}, err)
			return
		}
		var outermost *scope
		r.items(c.Item, outermost.within(c.Variable), 0, yield)
	}
}

// items yields the examples of items, and reports whether to go on.
func (r *Reader) items(all []item, values *scope, depth int, yield func(flow.Flow, error) bool) bool {
	for i := range all {
		it := &all[i]
		if depth == maxDepth {
			return yield(flow.Flow{}, fmt.Errorf("folders in folders: %w (%d)", exchange.ErrTooLarge, maxDepth))
		}
		own := values.within(it.Variable)
		if !r.items(it.Item, own, depth+1, yield) {
			return false
		}
		if it.Request != nil && len(it.Response) == 0 {
			r.skipped++
		}
		if len(r.cfg.Variables) > 0 {
			own = &scope{r.cfg.Variables, own}
		}
		repeated := 0 // bytes of the request that examples without one of their own repeat
		for j := range it.Response {
			r.entries++
			var f flow.Flow
			var err error
			if it.Response[j].OriginalRequest == nil {
				if r.repeatable -= repeated; repeated == 0 {
					repeated = it.Request.size()
				}
			}
			if r.repeatable < 0 {
				err = errManyRepeated
			} else {
				vars := &replacer{own, min(maxReplaced, r.room)}
				r.room -= vars.room
				f, err = it.Response[j].flow(it.Request, vars)
				r.room += max(vars.room, 0)
			}
			if err != nil {
				err = &exchange.EntryError{Entry: r.entries, Err: fmt.Errorf("%.60q, example %.60q: %w", it.Name, it.Response[j].Name, err)}
			}
			f.Source, f.Started = r.cfg.Source, r.cfg.Time
			if !yield(f, err) {
				return false
			}
		}
	}
	return true
}

// flow returns the example as a flow without Source and Started. The request is the one of the
// example, or else of its item.
func (e *example) flow(q *request, vars *replacer) (f flow.Flow, err error) {
	if e.OriginalRequest != nil {
		q = e.OriginalRequest
	}
	if q == nil {
		return f, errors.New("request: missing")
	}
	if f.Request, err = q.flow(vars); err != nil {
		return f, err
	}
	if e.Code < 100 || e.Code > 999 {
		return f, fmt.Errorf("code: %d is not a status", e.Code)
	}
	f.ID, f.Done = flow.NewID(), true
	f.Response = &flow.Response{Status: e.Code, Header: e.Header.header(&replacer{})}
	if e.Body != nil && *e.Body != "" {
		f.Response.Header = withoutCoding(f.Response.Header)
		f.Response.Body = bodyOf(*e.Body)
	}
	return f, nil
}

// withoutCoding removes the header lines about a content coding, which Postman undid.
func withoutCoding(h flow.Header) flow.Header {
	out := h[:0]
	for _, f := range h {
		switch strings.ToLower(f.Name) {
		case "content-encoding", "transfer-encoding", "content-length":
		default:
			out = append(out, f)
		}
	}
	return out
}

func bodyOf(text string) flow.Body {
	if text == "" {
		return flow.Body{}
	}
	return flow.Body{Data: []byte(text), Size: int64(len(text))}
}
