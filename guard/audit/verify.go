package audit

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"
)

// Report is the result of [Verify].
type Report struct {
	Files   int
	Records uint64
	First   uint64 // sequence number of the first record
	Last    uint64 // of the last record
	// Rotated means that a trusted key has signed the first record as the beginning of a file after
	// a rotation.
	Rotated bool
	// Incomplete is the number of bytes after the last record, which a killed process leaves.
	Incomplete int

	// Checkpoints is how many checkpoints of the trusted keys the log has, Others how many of other
	// keys.
	Checkpoints, Others int
	// Vouched is the last record that a trusted key vouches for, or 0, and At the time of the
	// signature.
	Vouched uint64
	At      time.Time
	// Unvouched are the records up to Vouched that no trusted key vouches for, in order. Those
	// before the first checkpoint are older than the first use of the key; others were written by a
	// process that was killed before it signed them, or by another writer.
	Unvouched []Span
}

// Span is a run of records.
type Span struct{ First, Last uint64 }

// Trust has the keys and checkpoints that make a log trusted.
type Trust struct {
	Keys []ed25519.PublicKey
	// Kept are checkpoints that were kept outside the log. A checkpoint that no trusted key has
	// signed is an error.
	Kept []Checkpoint
}

// isSigned reports whether a trusted key has signed a checkpoint.
func (t *Trust) isSigned(c *Checkpoint) bool { return slices.ContainsFunc(t.Keys, c.isSigned) }

// knows reports whether a checkpoint names a trusted key as its signer.
func (t *Trust) knows(c *Checkpoint) bool {
	return slices.ContainsFunc(t.Keys, func(k ed25519.PublicKey) bool { return KeyID(k) == c.Key })
}

// oldest returns the kept checkpoint of the lowest record, or nil. Unless its reason is
// [ReasonStart], the log was signed from its first record on.
func (t *Trust) oldest() *Checkpoint {
	if len(t.Kept) == 0 {
		return nil
	}
	c := slices.MinFunc(t.Kept, func(a, b Checkpoint) int { return cmp.Compare(a.Seq, b.Seq) })
	return &c
}

// CutError reports a log that has lost its beginning or its end.
type CutError struct {
	First, Last uint64 // records of the log
	Kept        Checkpoint
}

func (e *CutError) Error() string {
	if e.Kept.Seq <= e.Last {
		return fmt.Sprintf("the log begins with record %d, not after a rotation, and a checkpoint of %s vouches for record "+
			"%d and those before it: the beginning was cut off",
			e.First, e.Kept.Time.UTC().Format(time.DateTime), e.Kept.Seq)
	}
	return fmt.Sprintf("the log ends with record %d, and a checkpoint of %s vouches for record %d: the end was cut off",
		e.Last, e.Kept.Time.UTC().Format(time.DateTime), e.Kept.Seq)
}

// IsDamage reports whether an error of [Verify] is a fault of the log rather than a failure to read
// it.
func IsDamage(err error) bool {
	return errors.As(err, new(*BrokenError)) || errors.As(err, new(*CutError)) || errors.As(err, new(*EmptyError))
}

// BrokenError reports the place where a chain is broken.
type BrokenError struct {
	File string
	Line int
	Why  error
}

func (e *BrokenError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Why) }
func (e *BrokenError) Unwrap() error { return e.Why }

// EmptyError reports a log without records. Opening a log for writing adds a record, so the records
// of an empty log may have been removed.
type EmptyError struct{ File string }

func (e *EmptyError) Error() string {
	return e.File + " has no record: what it had was removed, or nothing was written to it yet"
}

// Verify reads a log and the files it was rotated to, oldest first, and checks the chain and,
// unless trust is nil, the checkpoints. The error is a [*BrokenError] for the first record that
// breaks the chain, a [*CutError], or an [*EmptyError]. A chain whose oldest files were removed
// verifies from the first remaining record. If a kept checkpoint covers missing records, the first
// remaining record must be the signed one that begins a file after a rotation.
func Verify(ctx context.Context, path string, trust *Trust) (Report, error) {
	trust = cmp.Or(trust, &Trust{})
	v := verifier{trust: trust, kept: map[uint64][]Checkpoint{}}
	for _, c := range trust.Kept {
		if !trust.isSigned(&c) {
			return v.Report, fmt.Errorf("a checkpoint for record %d, of %s, has no signature of a trusted key", c.Seq, c.Time.UTC().Format(time.DateTime))
		}
		v.kept[c.Seq] = append(v.kept[c.Seq], c)
	}
	err := Read(ctx, path, func(file string, line int, text []byte) error {
		if err := v.next(text); err != nil {
			return &BrokenError{file, line, err}
		}
		return nil
	}, &v.Report)
	if err != nil {
		return v.Report, err
	}
	for _, c := range trust.Kept {
		if c.Seq > v.Last {
			return v.Report, &CutError{v.First, v.Last, c}
		}
	}
	if c := trust.oldest(); c != nil && v.First > 1 && !v.Rotated && (c.Seq < v.First || c.Reason != ReasonStart) {
		return v.Report, &CutError{v.First, v.Last, *c}
	}
	if v.Records == 0 {
		if err := NotLog(path); err != nil {
			return v.Report, err
		}
		return v.Report, &EmptyError{path}
	}
	return v.Report, nil
}

// verifier checks a log record by record.
type verifier struct {
	Report
	trust  *Trust
	kept   map[uint64][]Checkpoint // by number of the record
	hash   string                  // of the last record
	signed uint64                  // the last record that a checkpoint covers
}

// next checks a record.
func (v *verifier) next(text []byte) error {
	r, hash, err := decode(text)
	switch {
	case err != nil:
		return err
	case v.Records == 0 && r.Seq == 1 && r.Prev != "":
		return errors.New("it is the first record, but continues another")
	case v.Records > 0 && r.Seq != v.Last+1:
		return fmt.Errorf("it has the number %d after %d: records are missing, or not in order", r.Seq, v.Last)
	case v.Records > 0 && r.Prev != v.hash:
		return errors.New("it does not continue the record before it: that one was changed")
	}
	if v.Records++; v.Records == 1 {
		v.First, v.signed = r.Seq, r.Seq-1
	}
	v.Last, v.hash = r.Seq, hash
	if r.Checkpoint != nil {
		if err := v.checkpoint(&r); err != nil {
			return err
		}
	}
	for _, c := range v.kept[r.Seq] {
		if c.Hash != hash {
			return fmt.Errorf("it is not the record %d that a checkpoint of %s vouches for: it or one before it was changed",
				r.Seq, c.Time.UTC().Format(time.DateTime))
		}
	}
	return nil
}

// checkpoint checks the checkpoint in a record.
func (v *verifier) checkpoint(r *Record) error {
	c := r.Checkpoint
	switch {
	case r.Event != EventCheckpoint || c.Seq != r.Seq-1 || c.Hash != r.Prev:
		return errors.New("its checkpoint vouches for another record than the one before it")
	case !v.trust.knows(c):
		v.Others++
		return nil
	case !v.trust.isSigned(c):
		return errors.New("its checkpoint has a wrong signature")
	}
	v.Checkpoints++
	v.Rotated = v.Rotated || r.Seq == v.First && c.Reason == ReasonRotate
	if c.Reason == ReasonStart && v.signed < c.Seq {
		v.Unvouched = append(v.Unvouched, Span{v.signed + 1, c.Seq})
	} else if c.Reason != ReasonStart {
		v.Vouched, v.At = c.Seq, c.Time
	}
	v.signed = r.Seq // a checkpoint is signed itself
	return nil
}

// Read calls do with each line of a log and of the files it was rotated to, oldest first, without
// its newline. The text is valid until do returns. It counts files and incomplete bytes in r, which
// may be nil.
func Read(ctx context.Context, path string, do func(file string, line int, text []byte) error, r *Report) error {
	files, err := rotated(path)
	if err != nil {
		return fmt.Errorf("read the audit: %w", err)
	}
	r = cmp.Or(r, new(Report))
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) || len(files) == 0 {
		files = append(files, path) // the file is missing if a process was killed while it rotated
	}
	for i, file := range files {
		if err := readFile(ctx, file, do, r); err != nil {
			return err
		}
		if r.Files++; r.Incomplete > 0 && i < len(files)-1 {
			return &BrokenError{file, 0, errors.New("it ends in half a record, although another file continues it")}
		}
	}
	return nil
}

func readFile(ctx context.Context, name string, do func(string, int, []byte) error, r *Report) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("read the audit: %w", err)
	}
	defer f.Close()
	lines := scanner(f)
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		text, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF):
			r.Incomplete = len(text)
			return nil
		case err != nil:
			return &BrokenError{name, n, err}
		}
		if err := do(name, n, text[:len(text)-1]); err != nil {
			return err
		}
	}
}

// Decode reads a line of a log. It checks the hash of the line, not the chain.
func Decode(line []byte) (Record, error) {
	r, _, err := decode(line)
	return r, err
}
