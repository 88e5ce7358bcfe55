//! Whole GPUs and nodes: a replica takes a group of GPUs, and GPUs are paid by the node.

use super::CapacityError;
use super::error::counted;

/// How replicas stand on nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packing {
    /// GPUs of one replica: the tensor-parallel group times its data-parallel ranks.
    pub gpus_per_replica: u32,
    /// GPUs that are paid together.
    pub gpus_per_node: u32,
}

/// What a number of replicas takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packed {
    /// Nodes paid for.
    pub nodes: u64,
    /// GPUs paid for.
    pub gpus: u64,
    /// GPUs that replicas use.
    pub used_gpus: u64,
}

impl Packing {
    /// A packing.
    ///
    /// # Errors
    /// A group or a node of no GPU.
    pub fn new(gpus_per_replica: u32, gpus_per_node: u32) -> Result<Self, CapacityError> {
        counted("gpus_per_replica", gpus_per_replica)?;
        counted("gpus_per_node", gpus_per_node)?;
        Ok(Self { gpus_per_replica, gpus_per_node })
    }

    /// Nodes and GPUs for so many replicas. A group that fits into a node is never split over two; a larger one takes
    /// whole nodes of its own.
    #[must_use]
    pub fn of(&self, replicas: u32) -> Packed {
        let (group, node) = (u64::from(self.gpus_per_replica), u64::from(self.gpus_per_node));
        let replicas = u64::from(replicas);
        let nodes = if group <= node { replicas.div_ceil(node / group) } else { replicas * group.div_ceil(node) };
        Packed { nodes, gpus: nodes.saturating_mul(node), used_gpus: replicas * group }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_do_not_straddle_nodes() {
        let packed = |group, node, replicas| {
            let Packed { nodes, gpus, used_gpus } = Packing::new(group, node).unwrap().of(replicas);
            (nodes, gpus, used_gpus)
        };
        assert_eq!(packed(2, 8, 5), (2, 16, 10), "four pairs to a node");
        assert_eq!(packed(3, 8, 3), (2, 16, 9), "two threes to a node, two GPUs stand still in it");
        assert_eq!(packed(16, 8, 2), (4, 32, 32), "two nodes each");
        assert_eq!(packed(12, 8, 2), (4, 32, 24));
        assert_eq!(packed(1, 1, 7), (7, 7, 7));
        assert_eq!(packed(4, 8, 0), (0, 0, 0));
        assert!(Packing::new(0, 8).is_err() && Packing::new(1, 0).is_err());
    }
}
