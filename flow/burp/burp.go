// Package burp reads the XML files that Burp Suite writes with "Save items". Read burp.go first;
// zone.go reads times.
//
// Items are read one by one. Messages are as on the wire, except those of HTTP/2, which are as Burp
// shows them. Comments, colours and the address of the server are dropped. ZAP writes HAR files,
// which [github.com/spectap/spectap/flow/har] reads.
package burp

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/exchange"
)

// ErrNotBurp is the error for a file that is not one of Burp.
var ErrNotBurp = errors.New("not a file of saved items")

// maxItem bounds one item, in bytes of XML.
const maxItem = 128 << 20

// maxBody bounds one body, in bytes. A longer body is marked as truncated.
const maxBody = 64 << 20

// IsItems reports whether a file looks like saved items. head is its first kilobyte or more: Burp
// begins with a declaration of the document type.
func IsItems(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	return bytes.HasPrefix(head, []byte("<")) &&
		(bytes.Contains(head, []byte("<!DOCTYPE items")) || bytes.Contains(head, []byte("<items burpVersion")))
}

// item is an element of the file.
type item struct {
	Time     string  `xml:"time"`
	URL      string  `xml:"url"`
	Request  message `xml:"request"`
	Response message `xml:"response"`
}

// message is the text of an element, decoded from base64 if its attribute says so.
type message struct {
	data      []byte
	notBase64 bool // the attribute says base64, but the text is not
}

// UnmarshalXML implements [xml.Unmarshaler]. It decodes the text in the decoder's own buffer: a
// copy as a string would take several times the size of a message.
func (m *message) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	t := &text{dec: d}
	for _, a := range start.Attr {
		if a.Name.Local == "base64" {
			var err error
			if t.isBase64, err = strconv.ParseBool(strings.TrimSpace(a.Value)); err != nil {
				return err
			}
		}
	}
	t.next() // an error comes again
	in, size := io.Reader(t), len(t.rest)
	if t.isBase64 {
		in, size = base64.NewDecoder(base64.StdEncoding, t), base64.StdEncoding.DecodedLen(size) // ignores line breaks
	}
	var out bytes.Buffer
	out.Grow(size + bytes.MinRead)
	_, err := out.ReadFrom(in)
	if m.data = out.Bytes(); err != nil && t.err == nil {
		m.data, m.notBase64 = nil, true
	}
	_, err = io.Copy(io.Discard, t)
	return err
}

// text reads the text of an element up to its end, without blanks if it is base64.
type text struct {
	dec      *xml.Decoder
	isBase64 bool
	rest     []byte
	depth    int // of elements within
	ended    bool
	err      error // of the file
}

// next takes the next piece of text. At the end of the element it returns io.EOF.
func (t *text) next() error {
	for t.err == nil && !t.ended && len(t.rest) == 0 {
		var tok xml.Token
		if tok, t.err = t.dec.Token(); t.err != nil {
			break
		}
		switch tok := tok.(type) {
		case xml.CharData:
			if t.depth == 0 {
				t.rest = tok
			}
		case xml.StartElement:
			t.depth++
		case xml.EndElement:
			t.depth--
			t.ended = t.depth < 0
		}
	}
	if t.ended {
		return io.EOF
	}
	return t.err
}

// Read implements [io.Reader].
func (t *text) Read(p []byte) (n int, err error) {
	if err := t.next(); err != nil {
		return 0, err
	}
	if !t.isBase64 {
		n = copy(p, t.rest)
		t.rest = t.rest[n:]
		return n, nil
	}
	for len(t.rest) > 0 && n < len(p) {
		if c := t.rest[0]; c != ' ' && c != '\t' {
			p[n] = c
			n++
		}
		t.rest = t.rest[1:]
	}
	return n, nil
}

// Reader reads one file. It is not safe for concurrent use.
type Reader struct {
	source  string
	in      *bounded
	dec     *xml.Decoder
	items   int
	skipped int
	clock   clock
}

// bounded fails after left bytes, which are max at the start of an item.
type bounded struct {
	r         io.Reader
	left, max int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("an item: %w (%d MiB)", exchange.ErrTooLarge, b.max>>20)
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// Read returns a reader of the file in r, whose flows have the source.
func Read(r io.Reader, source string) *Reader {
	in := &bounded{asVersion10(r), maxItem, maxItem}
	return &Reader{source: source, in: in, dec: xml.NewDecoder(in), clock: newClock()}
}

// asVersion10 returns r without a declaration of XML 1.1, which encoding/xml refuses: Burp writes
// it for items without base64.
func asVersion10(r io.Reader) io.Reader {
	b := bufio.NewReader(r)
	head, _ := b.Peek(64)
	if at := declared11.FindIndex(head); at != nil {
		b.Discard(at[1])
	}
	return b
}

var declared11 = regexp.MustCompile(`^\x{FEFF}?\s*<\?xml version=["']1\.1["'][^<>]*\?>`)

// Skipped returns the number of items so far without a request.
func (r *Reader) Skipped() int { return r.skipped }

// Unclear returns which times of the items so far could not be read, or have an unclear zone.
func (r *Reader) Unclear() Times { return r.clock.unclear }

// Flows yields the flows of the file in order. It can be used once. An item that cannot be read
// yields an [*exchange.EntryError], and the next one follows. An error of the file itself is the
// last.
func (r *Reader) Flows() iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		root := false
		for {
			tok, err := r.dec.Token()
			if err == io.EOF && root {
				return
			}
			if err != nil {
				yield(flow.Flow{}, r.fileError(err, root))
				return
			}
			start, ok := tok.(xml.StartElement)
			switch {
			case !ok:
				continue
			case !root:
				if start.Name.Local != "items" {
					yield(flow.Flow{}, ErrNotBurp)
					return
				}
				root = true
				continue
			}
			r.items++
			r.in.left = r.in.max
			var it item
			if err := r.dec.DecodeElement(&it, &start); err != nil {
				yield(flow.Flow{}, r.fileError(err, root))
				return
			}
			if len(it.Request.data) == 0 && !it.Request.notBase64 {
				r.skipped++
				continue
			}
			f, err := it.flow()
			if err != nil {
				err = &exchange.EntryError{Entry: r.items, Err: err}
			} else {
				f.Started = r.clock.timeOf(it.Time, f.Response)
			}
			f.Source = r.source
			if !yield(f, err) {
				return
			}
		}
	}
}

func (r *Reader) fileError(err error, root bool) error {
	if !root {
		return ErrNotBurp
	}
	return fmt.Errorf("item %d: %w", r.items, err)
}

// flow returns the item as a flow without Source and Started.
func (it *item) flow() (flow.Flow, error) {
	var f flow.Flow
	u, err := exchange.SplitURL(it.URL)
	if err != nil {
		return f, fmt.Errorf("url: %w", err)
	}
	if it.Request.notBase64 {
		return f, errors.New("request: not base64")
	}
	if f.Request, err = exchange.ParseRequest(it.Request.data, maxBody); err != nil {
		return f, fmt.Errorf("request: %w", err)
	}
	f.Request.Scheme, f.Request.Authority = u.Scheme, u.Authority
	f.ID, f.Done = flow.NewID(), true
	switch {
	case it.Response.notBase64:
		return f, errors.New("response: not base64")
	case len(it.Response.data) == 0:
		f.Err = "no answer"
		return f, nil
	}
	if f.Response, err = exchange.ParseResponse(it.Response.data, maxBody); err != nil {
		return f, fmt.Errorf("response: %w", err)
	}
	return f, nil
}
