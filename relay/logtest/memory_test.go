package logtest_test

import (
	"testing"

	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
)

func TestLog(t *testing.T) {
	logtest.Run(t, func(*testing.T) relay.Log { return logtest.NewMemoryLog(1, logtest.Faults{}) })
}
