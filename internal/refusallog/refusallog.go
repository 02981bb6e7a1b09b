// Package refusallog logs events that others can cause at will, such as refused requests, without
// filling a disk.
//
// Read refusallog.go, its only file.
package refusallog

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Log logs each of the first 100 refusals and then one a second. It counts the others: the next
// line has their number. It is safe for concurrent use.
type Log struct {
	to      *slog.Logger
	pace    *rate.Limiter
	skipped atomic.Int64
}

const burst = 100

// New returns a log that writes to another one, as warnings.
func New(to *slog.Logger) *Log {
	return &Log{to: to, pace: rate.NewLimiter(rate.Every(time.Second), burst)}
}

// Warn logs a refusal. args are attributes as in [slog.Logger.Warn].
func (l *Log) Warn(message string, args ...any) {
	if !l.to.Enabled(context.Background(), slog.LevelWarn) {
		return
	}
	if !l.pace.Allow() {
		l.skipped.Add(1)
		return
	}
	if n := l.skipped.Swap(0); n > 0 {
		args = append(args[:len(args):len(args)], "left out before", n)
	}
	l.to.Warn(message, args...)
}
