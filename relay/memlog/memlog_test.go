package memlog_test

import (
	"testing"

	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
	"github.com/spectap/spectap/relay/memlog"
)

func TestLog(t *testing.T) {
	logtest.Run(t, func(*testing.T) relay.Log { return memlog.New(1, memlog.Faults{}) })
}
