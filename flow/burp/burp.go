// Package burp reads the XML files that Burp Suite writes with "Save items". It may import flow,
// nothing else of this module. Read burp.go first; zone.go reads times.
//
// Items are read one by one. Messages are as on the wire, but those of HTTP/2 as Burp shows them.
// Comments, colours and the address of the server are not kept. ZAP writes HAR files, which
// [github.com/spectap/spectap/flow/har] reads.
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
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/exchange"
)

// ErrNotBurp is the error for a file that is not one of Burp.
var ErrNotBurp = errors.New("not a file of saved items")

// maxItem bounds one item, in bytes of XML.
const maxItem = 128 << 20

// maxBody bounds one body, in bytes. What is longer is marked as truncated.
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

type message struct {
	Base64 bool   `xml:"base64,attr"`
	Text   string `xml:",chardata"`
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

// bounded fails after left bytes.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("an item: %w (%d MiB)", exchange.ErrTooLarge, maxItem>>20)
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// Read returns a reader of the file in r, whose flows have the source.
func Read(r io.Reader, source string) *Reader {
	in := &bounded{asVersion10(r), maxItem}
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
			r.in.left = maxItem
			var it item
			if err := r.dec.DecodeElement(&it, &start); err != nil {
				yield(flow.Flow{}, r.fileError(err, root))
				return
			}
			if it.Request.Text == "" {
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
	raw, err := it.Request.bytes()
	if err != nil {
		return f, fmt.Errorf("request: %w", err)
	}
	if f.Request, err = exchange.ParseRequest(raw, exchange.Limits{MaxBody: maxBody}); err != nil {
		return f, fmt.Errorf("request: %w", err)
	}
	f.Request.Scheme, f.Request.Authority = u.Scheme, u.Authority
	f.ID, f.Done = flow.NewID(), true
	if raw, err = it.Response.bytes(); err != nil {
		return f, fmt.Errorf("response: %w", err)
	}
	if len(raw) == 0 {
		f.Err = "no answer"
		return f, nil
	}
	if f.Response, err = exchange.ParseResponse(raw, exchange.Limits{MaxBody: maxBody}); err != nil {
		return f, fmt.Errorf("response: %w", err)
	}
	return f, nil
}

func (m *message) bytes() ([]byte, error) {
	if !m.Base64 {
		return []byte(m.Text), nil
	}
	text := m.Text
	if strings.ContainsAny(text, " \t") { // else it need not be copied: it may have 128 MiB
		text = strings.Join(strings.Fields(text), "")
	}
	data, err := base64.StdEncoding.DecodeString(text) // ignores line breaks
	if err != nil {
		return nil, errors.New("not base64")
	}
	return data, nil
}
