package relay

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// lookEvery returns the time between two looks for what was overlooked.
func (w *Worker) lookEvery() time.Duration { return 64 * w.cfg.Beat }

// lookBack returns errRescan if blocks were read and not learned because earlier ones are missing,
// and no worker asks for those: the worker that read the blocks was killed, or lost its connection
// before it could ask. A head has the position up to which the log was read, and not the gaps.
func (l *learning) lookBack(ctx context.Context) error {
	list, err := l.w.cfg.Log.Get(ctx, keySources)
	if err != nil {
		return fmt.Errorf("read the sources: %w", err)
	}
	again := false
	for _, v := range list {
		source := v.Key[len(keySources):]
		mark := l.head.Marks[source].Last
		var st SourceStatus
		if Partition(source) != l.head.Partition || json.Unmarshal(v.Data, &st) != nil || st.Sent <= mark || l.rescans.knows(source, mark) {
			continue
		}
		newest, err := l.w.cfg.Log.Newest(ctx, source)
		if err != nil {
			return fmt.Errorf("read the newest block of %s: %w", source, err)
		}
		if newest.Last > mark && newest.Position <= l.head.Position && l.rescans.due(source, mark, newest.Position) {
			again = true
		}
	}
	l.looked = time.Now()
	if !again {
		return nil
	}
	l.rescans.begin(ctx, l.w.cfg.Log, l.head.Position)
	l.head.Position, l.head.staged = 0, stagings{}
	return errRescan
}
