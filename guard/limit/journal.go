package limit

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/safefile"
)

// journal is the file of a ledger. Its methods are called with the ledger's lock.
type journal struct {
	path string
	lock *os.File // nil after Close
	file *os.File // nil after Close, and with err
	err  error    // of a write or a compaction; later reservations fail
	size int64
	base int64 // the size after the last compaction
}

// minJournal is the size, in bytes, below which a journal is not compacted.
const minJournal = 1 << 20

// line is one reservation in the journal: its charge to each counter.
type line struct {
	At      int64       `json:"at"` // Unix time in nanoseconds
	Charges []lineEntry `json:"charges"`
}

type lineEntry struct {
	Key    string        `json:"key"`
	Amount policy.Amount `json:"amount"` // in millionths
	Window int64         `json:"window"` // in seconds
}

// OpenLedger returns the ledger in a file. It creates a missing file with mode 0600. A partial line
// at the end, which a killed process leaves, is removed: its call was never sent. Any other
// malformed line is an error, and so is a file of another kind. Close the ledger after use.
func OpenLedger(path string, now time.Time) (_ *Ledger, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("open the counters of limits: %w", err)
		}
	}()
	lock, err := safefile.Lock(path + ".lock")
	if errors.Is(err, safefile.ErrLocked) {
		return nil, fmt.Errorf("another process uses %s: stop it, or name another file", path)
	} else if err != nil {
		return nil, err
	}
	l := &Ledger{windows: map[string]*window{}, journal: &journal{path: path, lock: lock}}
	if err := l.journal.open(l.add); err != nil {
		lock.Close()
		return nil, err
	}
	l.sweep(now)
	return l, nil
}

// Close releases the file. Later reservations fail.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	j := l.journal
	if j == nil || j.lock == nil {
		return nil
	}
	err := j.lock.Close()
	if j.file != nil {
		err = errors.Join(j.file.Close(), err)
	}
	j.file, j.lock = nil, nil
	return err
}

// open reads the file and prepares it for appending.
func (j *journal) open(add func(int64, []policy.Charge)) error {
	f, err := os.OpenFile(j.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	switch info, err := f.Stat(); {
	case err != nil || !info.Mode().IsRegular():
		f.Close()
		return errors.Join(err, fmt.Errorf("%s is no regular file", j.path))
	case safefile.IsWritableByOthers(info): // they may have lowered a counter
		f.Close()
		return fmt.Errorf("%s can be changed by other users: look at what it has, then chmod 600 it", j.path)
	}
	size, err := readLines(f, add)
	if err == nil {
		err = f.Chmod(0o600) // others may read an older one
	}
	if err == nil {
		err = f.Truncate(size)
	}
	if err == nil {
		_, err = f.Seek(size, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return fmt.Errorf("%s: %w", j.path, err)
	}
	j.file, j.size, j.base = f, size, size
	return nil
}

// maxLine bounds a line of the journal, in bytes.
const maxLine = 1 << 20

// readLines calls add with each complete line, and returns the offset of their end.
func readLines(r io.Reader, add func(int64, []policy.Charge)) (size int64, err error) {
	b := bufio.NewReaderSize(r, maxLine)
	for n := 1; ; n++ {
		text, err := b.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && size == 0 && !mayBeginLine(text):
			return 0, errors.New("it is no file of counters: name another file")
		case errors.Is(err, io.EOF):
			return size, nil
		case err != nil:
			return size, fmt.Errorf("line %d: %w", n, err)
		}
		var e line
		if err := json.Unmarshal(text, &e); err != nil || e.At <= 0 || len(e.Charges) == 0 {
			return size, fmt.Errorf("line %d is damaged: restore the file, or remove it, which resets all limits", n)
		}
		charges := make([]policy.Charge, len(e.Charges))
		for i, c := range e.Charges {
			if c.Amount < 0 || c.Amount > policy.MaxAmount || c.Window <= 0 || c.Window > int64(policy.MaxWindow/time.Second) {
				return size, fmt.Errorf("line %d is damaged: restore the file, or remove it, which resets all limits", n)
			}
			charges[i] = policy.Charge{Key: c.Key, Amount: c.Amount, Window: time.Duration(c.Window) * time.Second}
		}
		add(e.At, charges)
		size += int64(len(text))
	}
}

// lineStart is the beginning of each line.
const lineStart = `{"at":`

// mayBeginLine reports whether text, the complete content of a file, may be a partial line. A crash
// of the machine may leave zeros.
func mayBeginLine(text []byte) bool {
	n := min(len(text), len(lineStart))
	return string(text[:n]) == lineStart[:n] || text[0] == 0
}

// append writes a reservation with one write. After a failed write the file may end in a partial
// line, so all later writes fail.
func (j *journal) append(now time.Time, charges []policy.Charge) error {
	if j.err != nil {
		return j.err
	}
	charges = slices.DeleteFunc(slices.Clone(charges), func(c policy.Charge) bool { return c.Session })
	if len(charges) == 0 {
		return nil
	}
	text := encodeLine(now.UnixNano(), charges)
	if _, err := j.file.Write(text); err != nil {
		j.err = fmt.Errorf("write the counters of limits: %w", err)
		return j.err
	}
	j.size += int64(len(text))
	return nil
}

// encodeLine writes a [line], several times faster than by reflection: each call waits for it.
func encodeLine(at int64, charges []policy.Charge) []byte {
	text := strconv.AppendInt([]byte(lineStart), at, 10)
	for i, c := range charges {
		start := `},{"key":`
		if i == 0 {
			start = `,"charges":[{"key":`
		}
		text, _ = jsontext.AppendQuote(append(text, start...), c.Key) // invalid UTF-8 is replaced
		text = strconv.AppendInt(append(text, `,"amount":`...), int64(c.Amount), 10)
		text = strconv.AppendInt(append(text, `,"window":`...), int64(c.Window/time.Second), 10)
	}
	return append(text, "}]}\n"...)
}

// isDue reports whether most of the file may have expired.
func (j *journal) isDue() bool { return j.size > minJournal && j.size > 4*j.base }

// compact replaces the file by one with only the charges in the windows. If that fails, the old
// file remains in use and grows.
func (j *journal) compact(windows map[string]*window) {
	j.base = j.size // try again when it has grown as much
	size, closed := int64(0), false
	err := safefile.Replace(j.path, func(w io.Writer) (err error) {
		size, err = writeWindows(w, windows)
		return err
	}, func() error {
		closed = true
		return j.file.Close()
	})
	if err == nil {
		j.size, j.base = size, size
	}
	if !closed {
		there, err := os.Stat(j.path)
		own, err2 := j.file.Stat()
		if err == nil && err2 == nil && !os.SameFile(there, own) {
			j.err = fmt.Errorf("reopen the counters of limits: %s is another file now", j.path)
		}
		return
	}
	if j.file, err = os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND, 0); err != nil {
		j.err = fmt.Errorf("reopen the counters of limits: %w", err)
	}
}

func writeWindows(w io.Writer, windows map[string]*window) (size int64, err error) {
	b := bufio.NewWriter(w)
	for key, w := range windows {
		if w.session {
			continue
		}
		for _, c := range w.charges {
			text := encodeLine(c.at, []policy.Charge{{Key: key, Amount: c.amount, Window: w.length}})
			size += int64(len(text))
			b.Write(text) // Flush returns the error
		}
	}
	return size, b.Flush()
}
