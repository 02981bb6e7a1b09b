package flow

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"
)

// UnmarshalBinary replaces the flow by a record that AppendBinary or AppendMeta wrote. It copies
// the data and skips unknown fields. It returns ErrVersion for a record of a newer version and
// ErrMalformed for anything else that is not a record; then the flow is not changed.
func (f *Flow) UnmarshalBinary(b []byte) error { return f.unmarshal(b, false) }

// UnmarshalBrief is UnmarshalBinary without the fields that Brief omits, which is several times as
// fast.
func (f *Flow) UnmarshalBrief(b []byte) error { return f.unmarshal(b, true) }

// Brief returns the flow without its ID, protocols, headers, trailers, bodies, messages and
// changes. It shares no memory with f except for strings and tags.
func (f *Flow) Brief() Flow {
	q := &f.Request
	out := Flow{
		Seq: f.Seq, Last: f.Last, Source: f.Source, Import: f.Import, Started: f.Started, Took: f.Took,
		Session: f.Session, Tags: f.Tags,
		Request: Request{Method: q.Method, Scheme: q.Scheme, Authority: q.Authority, Path: q.Path, RawQuery: q.RawQuery},
		Err:     f.Err, Done: f.Done,
	}
	if f.Response != nil {
		out.Response = &Response{Status: f.Response.Status}
	}
	return out
}

// isBrief reports whether Brief keeps a field.
func isBrief(tag uint64) bool {
	switch tag {
	case tagSeq, tagLast, tagSource, tagImport, tagStarted, tagTook, tagErr, tagFlags, tagSession, tagTags,
		tagMethod, tagScheme, tagAuthority, tagPath, tagRawQuery, tagResponse, tagStatus:
		return true
	}
	return false
}

func (f *Flow) unmarshal(b []byte, brief bool) error {
	if len(b) == 0 {
		return ErrMalformed
	}
	if b[0] > codecVersion {
		return fmt.Errorf("%w: version %d, this one reads %d", ErrVersion, b[0], codecVersion)
	}
	if b[0] < codecVersion {
		return ErrMalformed
	}
	var out Flow
	var response Response
	for b = b[1:]; len(b) > 0; {
		tag, v, rest, ok := cutField(b)
		if !ok || (!brief || isBrief(tag)) && !out.setField(tag, v, &response) {
			return ErrMalformed
		}
		b = rest
	}
	*f = out
	return nil
}

// cutField reads one field from the start of b.
func cutField(b []byte) (tag uint64, v, rest []byte, ok bool) {
	tag, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, nil, false
	}
	v, rest, ok = cutBytes(b[n:])
	return tag, v, rest, ok
}

// cutBytes reads a length and as many bytes from the start of b.
func cutBytes(b []byte) (v, rest []byte, ok bool) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return nil, nil, false
	}
	return b[n : n+int(size)], b[n+int(size):], true
}

// setField stores one field. It stores fields of the response in p, which tagResponse assigns to
// the flow.
func (f *Flow) setField(tag uint64, v []byte, p *Response) bool {
	switch tag {
	case tagSeq:
		return setUint(&f.Seq, v)
	case tagLast:
		return setUint(&f.Last, v)
	case tagID:
		return copy(f.ID[:], v) == len(f.ID) && len(v) == len(f.ID)
	case tagSource:
		f.Source = string(v)
	case tagImport:
		return setUint(&f.Import, v)
	case tagStarted:
		return setTime(&f.Started, v)
	case tagTook:
		return setInt(&f.Took, v)
	case tagErr:
		f.Err = string(v)
	case tagFlags:
		var flags uint64
		ok := setUint(&flags, v)
		f.Done = flags&flagDone != 0
		return ok
	case tagMessages:
		return f.setMessages(v)
	case tagMessageData:
		return f.setMessageField(v)
	case tagSession:
		return setUint(&f.Session, v)
	case tagTags:
		return f.setTags(v)
	case tagMethod:
		f.Request.Method = intern(v)
	case tagScheme:
		f.Request.Scheme = intern(v)
	case tagAuthority:
		f.Request.Authority = string(v)
	case tagPath:
		f.Request.Path = string(v)
	case tagRawQuery:
		f.Request.RawQuery = string(v)
	case tagResponse:
		f.Response = p
	case tagStatus:
		return setInt(&p.Status, v)
	default:
		r := &f.Request
		return setMessage(tag, v, &r.Proto, &r.Header, &r.Trailer, &r.Body, &r.Changed) &&
			(tag < fromRequest || setMessage(tag-fromRequest, v, &p.Proto, &p.Header, &p.Trailer, &p.Body, &p.Changed))
	}
	return true
}

// setMessage stores a field that requests and responses share, given its tag in a request.
func setMessage(tag uint64, v []byte, proto *string, h, trailer *Header, body *Body, changed *Change) (ok bool) {
	switch ok = true; tag {
	case tagProto:
		*proto = intern(v)
	case tagHeader:
		*h, ok = readHeader(v)
	case tagTrailer:
		*trailer, ok = readHeader(v)
	case tagBodySize:
		ok = setInt(&body.Size, v)
	case tagBodyFlags:
		ok = setBodyFlags(body, changed, v)
	case tagBodyData:
		body.Data = bytes.Clone(v)
	}
	return ok
}

func (f *Flow) setTags(v []byte) bool {
	f.Tags = nil
	for len(v) > 0 {
		t, rest, ok := cutBytes(v)
		if !ok {
			return false
		}
		f.Tags, v = append(f.Tags, intern(t)), rest
	}
	return true
}

func setUint[T ~uint64](p *T, v []byte) bool {
	x, n := binary.Uvarint(v)
	*p = T(x)
	return n == len(v) && n > 0
}

func setInt[T ~int | ~int64](p *T, v []byte) bool {
	var x uint64
	if !setUint(&x, v) {
		return false
	}
	*p = T(unzigzag(x))
	return true
}

// setBodyFlags ignores bits that it does not know: newer versions may define them.
func setBodyFlags(body *Body, changed *Change, v []byte) bool {
	var flags uint64
	ok := setUint(&flags, v)
	body.Truncated, body.Dropped = flags&flagTruncated != 0, flags&flagDropped != 0
	*changed = Change(flags>>changeShift) & (HeaderChanged | BodyChanged | StartChanged)
	return ok
}

func setTime(p *time.Time, v []byte) bool {
	sec, n := binary.Uvarint(v)
	if n <= 0 {
		return false
	}
	nsec, m := binary.Uvarint(v[n:])
	if m <= 0 || n+m != len(v) || nsec > 999_999_999 {
		return false
	}
	*p = time.Unix(unzigzag(sec), int64(nsec)).UTC()
	return true
}

// readHeader decodes header lines. All names and values share one copy of v.
func readHeader(v []byte) (Header, bool) {
	all := string(v)
	var fields int
	for rest := v; len(rest) > 0; fields++ {
		var ok bool
		if _, rest, ok = cutBytes(rest); !ok {
			return nil, false
		}
		if _, rest, ok = cutBytes(rest); !ok {
			return nil, false
		}
	}
	if fields == 0 {
		return nil, true
	}
	h := make(Header, fields)
	next := func(rest []byte) (string, []byte) {
		part, after, _ := cutBytes(rest)
		end := len(v) - len(after)
		return all[end-len(part) : end], after
	}
	rest := v
	for i := range h {
		h[i].Name, rest = next(rest)
		h[i].Value, rest = next(rest)
	}
	return h, true
}

// intern returns v as a string, without an allocation for the most frequent values.
func intern(v []byte) string {
	switch string(v) {
	case "GET":
		return "GET"
	case "POST":
		return "POST"
	case "https":
		return "https"
	case "http":
		return "http"
	case "HTTP/1.1":
		return "HTTP/1.1"
	case "HTTP/2.0":
		return "HTTP/2.0"
	}
	return string(v)
}
