package relay

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/klauspost/compress/zstd"
)

// sealed keeps the facts of a partition's days that have places of their own: see [days.Facts].
type sealed struct {
	log       Log
	partition int
	enc       *zstd.Encoder // nil: only to read
	dec       *zstd.Decoder
	missing   time.Time // since when values are missing, or zero
}

// errMissing means that the log does not have facts that a head names. Others may have replaced
// them meanwhile, or a server does not know them yet.
var errMissing = errors.New("the log does not have facts that it should have")

// lostFacts is how long a worker tries to read missing facts before it continues without them.
const lostFacts = 10 * time.Minute

func (s *sealed) key(name string) string { return keyDays + strconv.Itoa(s.partition) + "-" + name }

// Load implements [days.Values].
func (s *sealed) Load(ctx context.Context, name string) ([]byte, error) {
	v, err := getOne(ctx, s.log, s.key(name))
	if err != nil {
		return nil, fmt.Errorf("read the facts of days: %w", err)
	}
	if v.Revision == 0 || len(v.Data) == 0 {
		return nil, s.lost(name)
	}
	s.missing = time.Time{}
	if v.Data[0] != daysVersion {
		return nil, fmt.Errorf("%w: %s has version %d, this program reads %d", ErrVersion, v.Key, v.Data[0], daysVersion)
	}
	data, err := s.dec.DecodeAll(v.Data[1:], nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrMalformed, v.Key, err)
	}
	return data, nil
}

// lost returns errMissing, or nil once a worker has looked long enough.
func (s *sealed) lost(name string) error {
	if s.missing.IsZero() {
		s.missing = time.Now()
	}
	if s.enc != nil && time.Since(s.missing) > lostFacts {
		return nil
	}
	return fmt.Errorf("%w: %s", errMissing, s.key(name))
}

// daysVersion is the first byte of a value with facts of days. A zstd frame follows.
const daysVersion = 1

// Save implements [days.Values].
func (s *sealed) Save(ctx context.Context, name string, data []byte) error {
	if _, err := s.log.Put(ctx, s.key(name), Anything, s.enc.EncodeAll(data, []byte{daysVersion})); err != nil {
		return fmt.Errorf("write the facts of days: %w", err)
	}
	return nil
}

// seal gives days that get no flows any more places of their own. The head notes their names first,
// so that who takes the partition over removes them if this worker is killed. The places are not
// used before the next commit.
func (l *learning) seal(ctx context.Context, now time.Time) error {
	if l.leaving || now.Before(l.unsealed) {
		return nil
	}
	s := l.head.facts.Seal(now)
	if s == nil {
		return nil
	}
	if err := l.put(ctx); err != nil {
		return err
	}
	l.dirty = true
	err := l.head.facts.Write(ctx, l.sealed, s)
	if errors.Is(err, errMissing) { // go on without places until they are there
		l.w.cfg.Logger.Error("facts of days are not put away; tried again", "partition", l.head.Partition, "err", err)
		l.unsealed = now.Add(time.Minute)
		return nil
	}
	return err
}

// clean removes values that nobody needs since the last commit. Who wrote them and could still name
// them has lost the race for it.
func (l *learning) clean(ctx context.Context, names []string) error {
	for _, name := range names {
		key := l.sealed.key(name)
		v, err := getOne(ctx, l.w.cfg.Log, key)
		if err == nil && v.Revision != 0 {
			err = l.w.cfg.Log.Remove(ctx, key, v.Revision)
		}
		switch {
		case errors.Is(err, ErrDenied): // by a hub of an older version
		case err != nil:
			return fmt.Errorf("remove the facts of days: %w", err)
		}
		l.head.facts.Removed(name)
		l.dirty = true
	}
	return nil
}
