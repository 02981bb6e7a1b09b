package main

import (
	"github.com/spf13/cobra"
)

const storeExample = `  spectap store stats                # how much is in it, by host
  spectap store verify               # read all of it: is it whole?
  spectap store compact              # give back the room of what was removed`

func newStoreCmd(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "store",
		Short:   "Look after the file that keeps the capture",
		Long:    "Looks after the file that keeps the capture. docs/format.md says what is in it.",
		Example: storeExample,
	}
	cmd.AddCommand(newStoreStatsCmd(p), newStoreVerifyCmd(p), newStoreCompactCmd(p))
	return cmd
}
