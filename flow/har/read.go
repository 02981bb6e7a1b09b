package har

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/klauspost/compress/gzip"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/exchange"
)

// ErrNotHAR is the error for a file that is not an HTTP archive.
var ErrNotHAR = errors.New("not a HAR file")

// EntryError is the error for one invalid entry. The entries after it can still be read.
type EntryError = exchange.EntryError

// DefaultMaxEntry is the default limit on one entry, in bytes: 128 MiB. Reading an entry takes a
// few times its size.
const DefaultMaxEntry = 128 << 20

// maxValues limits the JSON values in one entry. An empty header takes 3 bytes in the file and 32
// in memory.
const maxValues = 4 << 20

// ReadConfig configures a Reader. The zero value is valid.
type ReadConfig struct {
	// Source becomes Flow.Source, such as "import:shop.har".
	Source string
	// MaxEntry is the limit on the size of one entry, in bytes; 0 means [DefaultMaxEntry].
	MaxEntry int64
	// Open opens a file that the archive names for a body; nil: such bodies are missing. A name is
	// untrusted.
	Open func(name string) (io.ReadCloser, error)
}

// Reader reads one file. It is not safe for concurrent use.
type Reader struct {
	cfg      ReadConfig
	in       *entryLimiter
	err      error
	entry    int            // the last one
	archives int            // before the current one
	skipped  map[string]int // by reason
	base     int64          // of the decoder's offsets in the file
}

// Read returns a reader of the archive in r, plain or gzipped, with or without a byte order mark.
// The first iteration of Flows reports errors in the head of r.
func Read(r io.Reader, cfg ReadConfig) *Reader {
	if cfg.MaxEntry <= 0 {
		cfg.MaxEntry = DefaultMaxEntry
	}
	plain, err := openPlain(r)
	plain = &numbers{r: plain}
	return &Reader{cfg: cfg, skipped: map[string]int{}, in: &entryLimiter{r: plain, left: cfg.MaxEntry, max: cfg.MaxEntry}, err: err}
}

// Skipped returns the number of entries skipped so far because they are not HTTP.
func (r *Reader) Skipped() (n int) {
	for _, k := range r.skipped {
		n += k
	}
	return n
}

// SkippedReasons returns their numbers by reason: CONNECT, or the scheme of the URL, such as
// "data:".
func (r *Reader) SkippedReasons() map[string]int { return r.skipped }

// openPlain undoes gzip, recognized by its magic bytes, and drops a byte order mark.
func openPlain(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	if head, _ := b.Peek(2); len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return b, fmt.Errorf("unzip: %w", err)
		}
		b = bufio.NewReaderSize(z, 64<<10)
	}
	switch head, _ := b.Peek(3); {
	case len(head) == 3 && string(head) == "\xef\xbb\xbf":
		b.Discard(3)
	case len(head) >= 2 && (string(head[:2]) == "\xff\xfe" || string(head[:2]) == "\xfe\xff"):
		return b, fmt.Errorf("%w: it is UTF-16, and must be UTF-8", ErrNotHAR)
	}
	return b, nil
}

// Flows yields the flows of the archive, and of those behind it, in the order of the file. It can
// be used once. An invalid entry, or one that is too large, yields an [*EntryError] ("entry 17:
// request.url: …", counted from 1), and the next entry follows. An error of the file itself (not
// JSON, truncated, a failing reader) is the last.
func (r *Reader) Flows() iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		if r.err != nil {
			yield(flow.Flow{}, r.err)
			return
		}
		dec := jsontext.NewDecoder(r.in, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		for {
			if err := r.findEntries(dec); err != nil {
				yield(flow.Flow{}, r.inArchive(dec, err))
				return
			}
			var ok bool
			if dec, ok = r.entries(dec, yield); !ok {
				return
			}
			if more, err := r.finish(dec); err != nil {
				yield(flow.Flow{}, err)
				return
			} else if !more {
				return
			}
			r.archives++
		}
	}
}

// entries yields the flows of one archive up to the end of its entries. It returns the decoder of
// what follows, and reports whether to read on.
func (r *Reader) entries(dec *jsontext.Decoder, yield func(flow.Flow, error) bool) (*jsontext.Decoder, bool) {
	for dec.PeekKind() != ']' {
		r.entry++
		r.in.left = r.cfg.MaxEntry
		raw, err := dec.ReadValue()
		if err != nil && errors.Is(r.in.err, ErrTooLarge) {
			tooLarge := &EntryError{Entry: r.entry, Err: r.in.err}
			if dec, err = r.skipEntry(dec); err != nil {
				yield(flow.Flow{}, fmt.Errorf("%w; and it cannot be skipped: %w", plain(tooLarge), err))
				return nil, false
			}
			if !yield(flow.Flow{}, tooLarge) {
				return nil, false
			}
			continue
		}
		if err != nil {
			yield(flow.Flow{}, fmt.Errorf("entry %d: %w", r.entry, r.cleanError(err)))
			return nil, false
		}
		f, err := r.decodeEntry(raw)
		if errors.Is(err, exchange.ErrNotHTTP) {
			continue
		}
		if err != nil {
			err = &EntryError{Entry: r.entry, Err: err}
		}
		if !yield(f, err) {
			return nil, false
		}
	}
	return dec, true
}

// inArchive returns the error of the head of an archive. Of one that follows another it says where
// the archive is.
func (r *Reader) inArchive(dec *jsontext.Decoder, err error) error {
	if r.archives == 0 {
		return err
	}
	return fmt.Errorf("archive %d of the file, before byte %d: %w", r.archives+1, r.base+dec.InputOffset(), err)
}

// findEntries reads up to the first element of log.entries.
func (r *Reader) findEntries(dec *jsontext.Decoder) error {
	r.in.left = r.cfg.MaxEntry
	for _, want := range []string{"log", "entries"} {
		tok, err := dec.ReadToken()
		if err == io.EOF {
			return fmt.Errorf("%w: it is empty", ErrNotHAR)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrNotHAR, r.cleanError(err))
		}
		if tok.Kind() != '{' {
			return fmt.Errorf("%w: no member %q", ErrNotHAR, "log.entries")
		}
		if err := r.seekMember(dec, want); err != nil {
			return err
		}
	}
	tok, err := dec.ReadToken()
	if err != nil {
		return fmt.Errorf("log.entries: %w", r.cleanError(err))
	}
	if tok.Kind() != '[' {
		return fmt.Errorf("%w: log.entries is not an array", ErrNotHAR)
	}
	return nil
}

// seekMember reads the members of an object up to the value of the one with this name.
func (r *Reader) seekMember(dec *jsontext.Decoder, name string) error {
	for {
		tok, err := dec.ReadToken()
		if err != nil {
			return fmt.Errorf("%w: %w", ErrNotHAR, r.cleanError(err))
		}
		if tok.Kind() == '}' {
			return fmt.Errorf("%w: no member %q", ErrNotHAR, "log.entries")
		}
		if tok.String() == name {
			return nil
		}
		if err := dec.SkipValue(); err != nil {
			return fmt.Errorf("%w: %w", ErrNotHAR, r.cleanError(err))
		}
	}
}

// finish reads the rest of an archive behind its entries, to detect truncation. It reports whether
// another value follows: some files are several archives behind each other.
func (r *Reader) finish(dec *jsontext.Decoder) (more bool, err error) {
	r.in.left = r.cfg.MaxEntry
	for err == nil && dec.StackDepth() > 0 {
		_, err = dec.ReadToken()
	}
	if err == nil {
		if dec.PeekKind() != jsontext.KindInvalid {
			return true, nil
		}
		if _, err = dec.ReadToken(); err == io.EOF {
			return false, nil
		}
	}
	return false, fmt.Errorf("after entry %d: %w", r.entry, r.cleanError(err))
}

func (r *Reader) decodeEntry(raw jsontext.Value) (flow.Flow, error) {
	if err := checkValues(raw); err != nil {
		return flow.Flow{}, err
	}
	var e entry
	err := json.Unmarshal(raw, &e, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return flow.Flow{}, r.cleanError(err)
	}
	e.open = r.openFile
	f, err := e.flow()
	if errors.Is(err, exchange.ErrNotHTTP) {
		scheme, _, _ := strings.Cut(e.Request.URL, ":")
		switch {
		case e.Request.Method == connect:
			scheme = connect
		case len(scheme) > maxScheme:
			scheme = "other"
		default:
			scheme = strings.ToLower(scheme) + ":"
		}
		r.skipped[scheme]++
	}
	f.Source = r.cfg.Source
	return f, err
}

const connect = "CONNECT"

// maxScheme bounds the schemes that are counted, in bytes.
const maxScheme = 24

// openFile reads a file that the archive names. ok is false if it is missing or too large.
func (r *Reader) openFile(name string) (data []byte, ok bool) {
	if r.cfg.Open == nil || name == "" {
		return nil, false
	}
	f, err := r.cfg.Open(name)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	data, err = io.ReadAll(io.LimitReader(f, r.cfg.MaxEntry+1))
	return data, err == nil && int64(len(data)) <= r.cfg.MaxEntry
}

// checkValues returns ErrTooLarge if an entry has more than maxValues JSON values.
func checkValues(raw jsontext.Value) error {
	if bytes.Count(raw, []byte{','}) < maxValues { // commas separate values, but also occur in text
		return nil
	}
	dec := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for range maxValues {
		if _, err := dec.ReadToken(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
	return fmt.Errorf("%w, %d JSON values", ErrTooLarge, maxValues)
}

// cleanError rewrites an error without Go types, values and prefixes of the library.
func (r *Reader) cleanError(err error) error {
	if r.in.err != nil {
		err = r.in.err
		if err == io.ErrUnexpectedEOF {
			return exchange.ErrCut
		}
		return err
	}
	if sem, ok := errors.AsType[*json.SemanticError](err); ok {
		if sem.JSONKind == 0 && sem.Err != nil {
			return fmt.Errorf("%s: %w", memberName(sem.JSONPointer), sem.Err)
		}
		return fmt.Errorf("%s: unexpected %s", memberName(sem.JSONPointer), kindName(sem.JSONKind))
	}
	if syn, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("%w (at byte %d)", exchange.ErrCut, r.base+syn.ByteOffset)
		}
		return fmt.Errorf("not JSON at byte %d: %w", r.base+syn.ByteOffset, syn.Err)
	}
	return err
}
