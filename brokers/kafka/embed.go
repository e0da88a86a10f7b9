package kafka

import "github.com/brokerlab/brokerlab/brokers/kafka/model"

// Cluster returns the model of the cluster, for what lives in the same process and is no
// client over a socket: Kafka Connect. It is touched inside the sequencer only.
func (b *Broker) Cluster() *model.Cluster { return b.cluster }
