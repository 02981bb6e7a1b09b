package main

import (
	"github.com/spf13/cobra"
)

const storeExample = `  spectap store stats                # flows and bytes, by host
  spectap store verify               # read everything and check it
  spectap store compact              # return the space of removed flows to the file system`

func newStoreCmd(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Inspect, verify and compact the store",
		Long: `Inspects, verifies and compacts the file that holds the capture. docs/format.md describes its
format.`,
		Example: storeExample,
	}
	cmd.AddCommand(newStoreStatsCmd(p), newStoreVerifyCmd(p), newStoreCompactCmd(p))
	return cmd
}
